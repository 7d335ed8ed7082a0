import { Module } from '@nestjs/common';
import { ConfigurableModuleClass } from './events.module-definition.js';
import { EventsService } from './events.service.js';

/** Provides the `EventsService`: `EventsModule.registerAsync({ inject, useFactory })`. */
@Module({ providers: [EventsService], exports: [EventsService] })
export class EventsModule extends ConfigurableModuleClass {}
