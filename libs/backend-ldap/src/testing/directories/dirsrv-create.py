"""Makes an instance of 389 Directory Server where process 1 is not systemd (a container)."""
import sys

from lib389.cli_base import setup_script_logger
from lib389.instance.setup import SetupDs
from lib389.paths import Paths

Paths.with_systemd = property(lambda self: False)
setup = SetupDs(verbose=False, log=setup_script_logger('create', False))
sys.exit(0 if setup.create_from_inf(sys.argv[1]) else 1)
