/** How the whole page writes: numbers as `1.2M`, dates with the day first, and a clock of 24 hours. */

export const LOCALE = { numbers: "en-US", times: "en-GB" } as const;
