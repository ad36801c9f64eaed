/** Receives the CloudEvents of payload loggers (KServe, Seldon). */
import { formatAddress } from '../lib/address.ts'
import { cloudeventsOptions } from './cloudevents-options.ts'
import { type CloudeventsStats, newCloudeventsStats } from './cloudevents-stats.ts'
import { defineSource } from './source.ts'

export const cloudevents = defineSource({
  name: 'cloudevents',
  purpose: 'take events',
  options: cloudeventsOptions,
  enabledBy: 'listen',
  absence: 'Absent when no CloudEvents are received (cloudevents.listen).',
  stats: newCloudeventsStats,

  metrics: {
    cloudevents: {
      name: 'modeltap_cloudevents_total',
      type: 'counter',
      unit: 'events',
      label: 'kind',
      help: 'CloudEvents that were taken, by what they carry: request, response or outcome.',
      read: ({ events }: CloudeventsStats) => events,
    },
    cloudeventsRefused: {
      name: 'modeltap_cloudevents_refused_total',
      type: 'counter',
      unit: 'events',
      label: 'reason',
      help: 'Events that were not used, by reason.',
      read: ({ refused }: CloudeventsStats) => refused,
    },
    cloudeventsUnjoined: {
      name: 'modeltap_cloudevents_unjoined_total',
      type: 'counter',
      unit: 'events',
      label: 'reason',
      help: 'Events without their counterpart, by reason; except for duplicates, each counts alone and without traffic.',
      read: ({ unjoined }: CloudeventsStats) => unjoined,
    },
    cloudeventsWaiting: {
      name: 'modeltap_cloudevents_waiting',
      type: 'gauge',
      unit: 'events',
      help: 'Events that wait for their other half now.',
      read: ({ waiting }: CloudeventsStats) => waiting,
    },
  },

  section: ({ events, refused, unjoined, waiting }) => [
    { name: 'events taken', value: events },
    { name: 'events refused', value: refused, alarming: Object.values(refused).some((count) => count > 0) },
    { name: 'events left alone', value: unjoined },
    { name: 'events that wait', value: waiting },
  ],

  async open({ listen, ...options }, { settings, stats, sink, clock, logger }) {
    if (listen === undefined) throw new Error('cloudevents is opened only where cloudevents.listen is set')
    const { CloudeventsReceiver } = await import('./cloudevents-receiver.ts')
    const { maxBodyBytes } = settings
    const receiver = await CloudeventsReceiver.open({
      listen,
      options,
      maxBodyBytes,
      stats,
      sink,
      clock,
      logger,
    })
    logger.info({ cloudevents: formatAddress(receiver.address) }, 'listening for CloudEvents')
    return { stop: () => receiver.close() }
  },
})
