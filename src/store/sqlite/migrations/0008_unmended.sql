ALTER TABLE `results` ADD `unmended` text;--> statement-breakpoint
ALTER TABLE `results` ADD `choices` text;