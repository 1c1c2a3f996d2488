ALTER TABLE `ads` ADD `errors` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `ads` ADD `abandoned` integer DEFAULT false NOT NULL;