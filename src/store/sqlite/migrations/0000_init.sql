CREATE TABLE `closes` (
	`session` integer PRIMARY KEY NOT NULL,
	`reason` text NOT NULL,
	`closed_at` integer NOT NULL,
	`end_ts` integer NOT NULL,
	`last_seq` integer NOT NULL
) STRICT;
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
CREATE INDEX `sessions_started_at` ON `sessions` (`started_at`);