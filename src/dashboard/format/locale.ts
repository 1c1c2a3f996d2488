/** The notation of the whole page: numbers as `1.2M`, dates with the day first, and a 24-hour clock. */

export const LOCALE = { numbers: "en-US", times: "en-GB" } as const;
