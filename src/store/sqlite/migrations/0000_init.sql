CREATE TABLE `ad_breaks` (
	`session` integer NOT NULL,
	`ordinal` integer NOT NULL,
	`start_ts` integer NOT NULL,
	`time_spent` integer NOT NULL,
	`completed` integer NOT NULL,
	`params` text NOT NULL,
	`custom_metadata` text NOT NULL,
	`ad_count` integer NOT NULL,
	PRIMARY KEY(`session`, `ordinal`)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `ads` (
	`session` integer NOT NULL,
	`ordinal` integer NOT NULL,
	`start_ts` integer NOT NULL,
	`time_spent` integer NOT NULL,
	`completed` integer NOT NULL,
	`params` text NOT NULL,
	`custom_metadata` text NOT NULL,
	`ad_break` integer NOT NULL,
	`skipped` integer NOT NULL,
	PRIMARY KEY(`session`, `ordinal`)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `chapters` (
	`session` integer NOT NULL,
	`ordinal` integer NOT NULL,
	`start_ts` integer NOT NULL,
	`time_spent` integer NOT NULL,
	`completed` integer NOT NULL,
	`params` text NOT NULL,
	`custom_metadata` text NOT NULL,
	`skipped` integer NOT NULL,
	PRIMARY KEY(`session`, `ordinal`)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `closes` (
	`session` integer PRIMARY KEY NOT NULL,
	`reason` text NOT NULL,
	`closed_at` integer NOT NULL,
	`end_ts` integer NOT NULL,
	`last_seq` integer NOT NULL,
	`pending` integer NOT NULL,
	`trimmed` integer DEFAULT false NOT NULL
) STRICT;
--> statement-breakpoint
CREATE INDEX `closes_pending` ON `closes` (`session`) WHERE "closes"."pending" = 1;--> statement-breakpoint
CREATE INDEX `closes_untrimmed` ON `closes` (`closed_at`) WHERE "closes"."trimmed" = 0;--> statement-breakpoint
CREATE INDEX `closes_trimming` ON `closes` (`session`) WHERE "closes"."trimmed" = 1 and "closes"."last_seq" > 0;--> statement-breakpoint
CREATE TABLE `counters` (
	`name` text PRIMARY KEY NOT NULL,
	`value` integer NOT NULL
) STRICT;
--> statement-breakpoint
CREATE TABLE `erasures` (
	`revision` integer PRIMARY KEY NOT NULL,
	`session` integer NOT NULL,
	`erased_at` integer NOT NULL,
	`last_seq` integer NOT NULL,
	`pending` integer NOT NULL
) STRICT;
--> statement-breakpoint
CREATE INDEX `erasures_pending` ON `erasures` (`revision`) WHERE "erasures"."pending" = 1;--> statement-breakpoint
CREATE TABLE `errors` (
	`session` integer NOT NULL,
	`ordinal` integer NOT NULL,
	`ts` integer NOT NULL,
	`playhead` integer NOT NULL,
	`id` text,
	`source` text,
	PRIMARY KEY(`session`, `ordinal`)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `events` (
	`seq` integer PRIMARY KEY NOT NULL,
	`session` integer NOT NULL,
	`prev_seq` integer NOT NULL,
	`ts` integer NOT NULL,
	`received_at` integer NOT NULL,
	`type` integer NOT NULL,
	`playhead` integer NOT NULL,
	`payload` text,
	`flags` text
) STRICT;
--> statement-breakpoint
CREATE TABLE `heads` (
	`session` integer PRIMARY KEY NOT NULL,
	`seq` integer NOT NULL,
	`arrived_at` integer NOT NULL,
	`moved_at` integer NOT NULL,
	`playhead` integer NOT NULL,
	`ts_max` integer NOT NULL
) STRICT;
--> statement-breakpoint
CREATE TABLE `positions` (
	`name` text PRIMARY KEY NOT NULL,
	`seq` integer NOT NULL,
	`session` integer NOT NULL
) STRICT;
--> statement-breakpoint
CREATE TABLE `results` (
	`session` integer PRIMARY KEY NOT NULL,
	`revision` integer NOT NULL,
	`definitions` integer NOT NULL,
	`metrics` text NOT NULL,
	`content_segment` text,
	`spans` text NOT NULL,
	`playing` text NOT NULL
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX `results_revision_unique` ON `results` (`revision`);--> statement-breakpoint
CREATE TABLE `sessions` (
	`id` integer PRIMARY KEY NOT NULL,
	`sid` text NOT NULL,
	`started_at` integer NOT NULL,
	`received_at` integer NOT NULL,
	`ts` integer NOT NULL,
	`playhead` integer NOT NULL,
	`downloaded` integer NOT NULL,
	`payload` text NOT NULL,
	`flags` text
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX `sessions_sid_unique` ON `sessions` (`sid`);--> statement-breakpoint
CREATE INDEX `sessions_started_at` ON `sessions` (`started_at`);--> statement-breakpoint
CREATE TABLE `states` (
	`session` integer NOT NULL,
	`name` text NOT NULL,
	`count` integer NOT NULL,
	`duration` integer NOT NULL,
	PRIMARY KEY(`session`, `name`)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
INSERT INTO `counters` (`name`, `value`) VALUES ('revision', 0), ('lineage', abs(random()) >> 11), ('pruned', 0), ('unswept', 0);
