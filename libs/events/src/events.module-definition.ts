import { ConfigurableModuleBuilder } from '@nestjs/common';
import type { EventsOptions } from './events.options.js';

export const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN: EVENTS_MODULE_OPTIONS } =
  new ConfigurableModuleBuilder<EventsOptions>({ moduleName: 'Events' }).build();
