CREATE TABLE `keys` (
	`name` text PRIMARY KEY NOT NULL,
	`value` text NOT NULL
) STRICT;
--> statement-breakpoint
CREATE TABLE `tokens` (
	`name` text PRIMARY KEY NOT NULL,
	`hash` text NOT NULL,
	`read_only` integer NOT NULL,
	`report_suite` text,
	`channel` text,
	`created_at` integer NOT NULL,
	`used_at` integer
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX `tokens_hash_unique` ON `tokens` (`hash`);--> statement-breakpoint
-- Made in the transaction that makes the table, so that every reader finds it. SQLite seeds its generator, ChaCha20,
-- from the operating system.
INSERT INTO `keys` (`name`, `value`) VALUES ('hash', lower(hex(randomblob(32))));
