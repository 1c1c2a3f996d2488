ALTER TABLE `closes` ADD `attempts` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `closes` ADD `failure` text;