CREATE TABLE `starts` (
	`id` integer PRIMARY KEY NOT NULL,
	`sid` blob NOT NULL,
	`started_at` integer NOT NULL,
	`received_after` integer NOT NULL,
	`ts_after` integer NOT NULL,
	`playhead` integer NOT NULL,
	`downloaded` integer NOT NULL,
	`payload` text NOT NULL,
	`flags` text,
	`wire` text,
	`derived` text
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX `starts_sid` ON `starts` (substr(`sid`, 1, 8), substr(`sid`, 25, 8));--> statement-breakpoint
CREATE INDEX `starts_started_at` ON `starts` (`started_at`);--> statement-breakpoint
-- The server moves these rows into the table above, some at a time; until then both are read through the view.
ALTER TABLE `sessions` RENAME TO `text_sessions`;--> statement-breakpoint
-- Columns of the two have the same affinity, or SQLite would read both tables whole for each question.
CREATE VIEW `sessions` AS
	SELECT `id`, lower(hex(`sid`)) AS `sid`, `started_at`, `started_at` + `received_after` AS `received_at`,
		`started_at` + `ts_after` AS `ts`, `playhead`, `downloaded`, `payload`, `flags`, `wire`, `derived`
	FROM `starts`
	UNION ALL
	SELECT `id`, lower(`sid`), `started_at`, `received_at` + 0, `ts` + 0, `playhead`, `downloaded`, `payload`, `flags`,
		`wire`, CAST(NULL AS text)
	FROM `text_sessions`;
