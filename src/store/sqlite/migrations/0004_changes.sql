CREATE TABLE `erased` (
	`revision` integer PRIMARY KEY NOT NULL,
	`hash` text NOT NULL,
	`reason` text NOT NULL,
	`erased_at` integer NOT NULL
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX `erased_hash_unique` ON `erased` (`hash`);--> statement-breakpoint
ALTER TABLE `closes` ADD `edition` integer DEFAULT 1 NOT NULL;--> statement-breakpoint
ALTER TABLE `closes` ADD `changed_at` integer;--> statement-breakpoint
ALTER TABLE `closes` ADD `events_revision` integer;--> statement-breakpoint
-- Sessions that have closed but have no result yet: as the partial index has them, or SQLite would read every row.
UPDATE `closes` SET `edition` = 0 WHERE `pending` = 1 AND `session` NOT IN (SELECT `session` FROM `results`);
