/** ONNX Runtime reports its use to its maker over the network unless told otherwise; imported before it is loaded. */
process.env['ORT_DISABLE_TELEMETRY'] = '1'
