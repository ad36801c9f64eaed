/**
 * The metrics of the Node.js process, as measured and named by prom-client. `process_*` covers the whole process, both
 * threads; `nodejs_*` the analysis thread, which serves the admin port. A selection: gauges ending in `_total` violate
 * the naming rules, and a series for each heap space has no use.
 */
import type { Unit } from '../lib/units.ts'
import type { MetricDescriptor } from './metric.ts'

function fromClient(
  name: string,
  type: MetricDescriptor['type'],
  unit: Unit,
  help: string,
  labels: readonly string[] = [],
): MetricDescriptor {
  return {
    name,
    type,
    unit,
    help,
    labels,
    stability: 'stable',
    absence: 'Absent where the system does not tell.',
  }
}

export const processMetrics: readonly MetricDescriptor[] = [
  fromClient(
    'process_cpu_user_seconds_total',
    'counter',
    'seconds',
    'User CPU time of modeltap, in seconds.',
  ),
  fromClient(
    'process_cpu_system_seconds_total',
    'counter',
    'seconds',
    'System CPU time of modeltap, in seconds.',
  ),
  fromClient(
    'process_cpu_seconds_total',
    'counter',
    'seconds',
    'CPU time of modeltap, both threads, in seconds.',
  ),
  fromClient(
    'process_start_time_seconds',
    'gauge',
    'seconds',
    'When modeltap started, seconds since the Unix epoch.',
  ),
  fromClient('process_resident_memory_bytes', 'gauge', 'bytes', 'Resident memory of modeltap, in bytes.'),
  fromClient('process_virtual_memory_bytes', 'gauge', 'bytes', 'Virtual memory of modeltap, in bytes.'),
  fromClient('process_open_fds', 'gauge', 'files', 'Open file descriptors of modeltap.'),
  fromClient('process_max_fds', 'gauge', 'files', 'File descriptors that modeltap may open.'),
  fromClient(
    'nodejs_eventloop_lag_p50_seconds',
    'gauge',
    'seconds',
    'Median delay of the event loop of the analysis thread since the last collection, in seconds.',
  ),
  fromClient(
    'nodejs_eventloop_lag_p99_seconds',
    'gauge',
    'seconds',
    'Delay that 1 % of the turns of the event loop of the analysis thread exceeded, in seconds.',
  ),
  fromClient(
    'nodejs_eventloop_lag_max_seconds',
    'gauge',
    'seconds',
    'Longest delay of the event loop of the analysis thread since the last collection, in seconds.',
  ),
  fromClient(
    'nodejs_heap_size_total_bytes',
    'gauge',
    'bytes',
    'Heap that V8 reserved for the analysis thread, in bytes.',
  ),
  fromClient(
    'nodejs_heap_size_used_bytes',
    'gauge',
    'bytes',
    'Heap in use by the analysis thread, in bytes.',
  ),
  fromClient(
    'nodejs_external_memory_bytes',
    'gauge',
    'bytes',
    'Memory of buffers outside of the heap, in bytes.',
  ),
  fromClient(
    'nodejs_gc_duration_seconds',
    'histogram',
    'seconds',
    'Time that garbage collections of the analysis thread took, by kind, in seconds.',
    ['kind'],
  ),
]
