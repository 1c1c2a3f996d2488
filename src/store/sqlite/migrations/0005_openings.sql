CREATE TABLE `openings` (
	`rule` text NOT NULL,
	`session` integer NOT NULL,
	`key` text NOT NULL,
	`request` text,
	`at` integer NOT NULL,
	PRIMARY KEY(`rule`, `session`)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `openings_key` ON `openings` (`key`) WHERE "openings"."rule" <> 'body';