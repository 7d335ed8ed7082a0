#!/bin/sh
# Makes the directory at the first start, with LDAP_PASSWORD for cn=admin, and serves it.
set -eu
: "${LDAP_PASSWORD:?The password of cn=admin,dc=example,dc=org}"
source=$(dirname "$0")
folder=${LDAP_FOLDER:-/srv/ldap}
configuration=$folder/slapd.conf

umask 077
mkdir -p "$folder/data"
password=$(slappasswd -n -s "$LDAP_PASSWORD")
sed -e "s|^rootpw .*|rootpw $password|" -e "s|^directory .*|directory $folder/data|" \
  "$source/slapd.conf" > "$configuration"

if [ ! -e "$folder/data/data.mdb" ]; then
  slapadd -f "$configuration" << END
dn: dc=example,dc=org
objectClass: dcObject
objectClass: organization
dc: example
o: Example
END
fi
exec slapd -d 0 -f "$configuration" -h "ldap://${LDAP_ADDRESS:-:1389}"
