/** The metrics for a monitoring system. */

import type { Handler } from "../resource.ts";

export interface MetricsContext {
  /** All current measures, in Prometheus' format. */
  readonly readMetrics: () => string;
}

interface MetricsHandlers {
  /** `GET /metrics` */
  readonly get: Handler;
}

/** The text format's own version. */
export const METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

export function metricsHandlers({ readMetrics }: MetricsContext): MetricsHandlers {
  return {
    get: (_request, headers) => new Response(readMetrics(), { headers: { ...headers, "Content-Type": METRICS_TYPE } }),
  };
}
