ALTER TABLE `closes` ADD `events` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `closes` ADD `bytes` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `heads` ADD `events` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `heads` ADD `bytes` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
-- What open sessions had said by the checkpoint; the next start adds what came behind it.
UPDATE `heads` SET (`events`, `bytes`) = (
	WITH RECURSIVE `said`(`prev_seq`, `size`) AS (
		SELECT `heads`.`seq`, octet_length(`payload`) + coalesce(octet_length(`flags`), 0)
		FROM `sessions` WHERE `id` = `heads`.`session`
		UNION ALL
		-- A damaged chain that doesn't go back ends there.
		SELECT iif(`events`.`prev_seq` < `events`.`seq`, `events`.`prev_seq`, 0), coalesce(octet_length(`payload`), 0) + coalesce(octet_length(`flags`), 0)
		FROM `said` JOIN `events` ON `events`.`seq` = `said`.`prev_seq`
	)
	SELECT count(*), coalesce(sum(`size`), 0) FROM `said`
);
