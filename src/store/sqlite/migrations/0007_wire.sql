ALTER TABLE `events` ADD `wire` text;--> statement-breakpoint
ALTER TABLE `sessions` ADD `wire` text;