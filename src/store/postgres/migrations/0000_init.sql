CREATE SEQUENCE "session_blocks" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1;--> statement-breakpoint
CREATE TABLE "closes" (
	"session" bigint PRIMARY KEY NOT NULL,
	"closed_at" bigint NOT NULL,
	"end_ts" bigint NOT NULL,
	"bytes" bigint NOT NULL,
	"claimed_until" bigint DEFAULT 0 NOT NULL,
	"claimed_by" text,
	"last_n" integer NOT NULL,
	"folded_n" integer DEFAULT -1 NOT NULL,
	"reason" text NOT NULL,
	"pending" boolean NOT NULL,
	"trimmed" boolean DEFAULT false NOT NULL,
	"remains" boolean DEFAULT false NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL,
	"failure" text
) WITH (fillfactor = 80);
--> statement-breakpoint
CREATE TABLE "counters" (
	"name" text PRIMARY KEY NOT NULL,
	"value" bigint NOT NULL
) WITH (fillfactor = 10);
--> statement-breakpoint
CREATE TABLE "erased" (
	"revision" bigint PRIMARY KEY NOT NULL,
	"hash" text NOT NULL,
	"reason" text NOT NULL,
	"erased_at" bigint NOT NULL,
	CONSTRAINT "erased_hash_unique" UNIQUE("hash")
);
--> statement-breakpoint
CREATE TABLE "erasures" (
	"revision" bigint PRIMARY KEY NOT NULL,
	"session" bigint NOT NULL,
	"erased_at" bigint NOT NULL,
	"pending" boolean NOT NULL
);
--> statement-breakpoint
CREATE TABLE "events" (
	"session" bigint NOT NULL,
	"ts" bigint NOT NULL,
	"received_at" bigint NOT NULL,
	"playhead" bigint NOT NULL,
	"n" integer NOT NULL,
	"type" smallint NOT NULL,
	"payload" text,
	"flags" text,
	"wire" text,
	CONSTRAINT "events_session_n_pk" PRIMARY KEY("session","n")
);
--> statement-breakpoint
CREATE TABLE "heads" (
	"sid" "bytea" PRIMARY KEY NOT NULL,
	"session" bigint NOT NULL,
	"arrived_at" bigint NOT NULL,
	"moved_at" bigint NOT NULL,
	"playhead" bigint NOT NULL,
	"ts_max" bigint NOT NULL,
	"look_at" bigint NOT NULL,
	"bytes" bigint NOT NULL,
	"n" integer NOT NULL,
	"opening" bigint,
	"asked_at" bigint,
	CONSTRAINT "heads_opening_unique" UNIQUE("opening")
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.1, autovacuum_vacuum_cost_delay = 0);
--> statement-breakpoint
CREATE TABLE "keys" (
	"name" text PRIMARY KEY NOT NULL,
	"value" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "leases" (
	"name" text PRIMARY KEY NOT NULL,
	"holder" text NOT NULL,
	"until_at" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "nodes" (
	"id" text PRIMARY KEY NOT NULL,
	"host" text NOT NULL,
	"version" text NOT NULL,
	"started_at" bigint NOT NULL,
	"seen_at" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "openings" (
	"key" text NOT NULL,
	"rule" text NOT NULL,
	"request" text,
	"session" bigint NOT NULL,
	"at" bigint NOT NULL,
	"asked_at" bigint NOT NULL,
	CONSTRAINT "openings_key_rule_pk" PRIMARY KEY("key","rule")
);
--> statement-breakpoint
CREATE TABLE "positions" (
	"name" text PRIMARY KEY NOT NULL,
	"session" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "results" (
	"session" bigint PRIMARY KEY NOT NULL,
	"revision" bigint NOT NULL,
	"events_revision" bigint,
	"changed_at" bigint NOT NULL,
	"edition" integer NOT NULL,
	"definitions" integer NOT NULL,
	"content_segment" text,
	"metrics" text NOT NULL,
	"ledger" text,
	"unmended" text,
	"choices" text,
	"lists" text NOT NULL,
	CONSTRAINT "results_revision_unique" UNIQUE("revision")
);
--> statement-breakpoint
CREATE TABLE "sessions" (
	"id" bigint PRIMARY KEY NOT NULL,
	"sid" "bytea" NOT NULL,
	"started_at" bigint NOT NULL,
	"received_at" bigint NOT NULL,
	"ts" bigint NOT NULL,
	"playhead" bigint NOT NULL,
	"downloaded" boolean NOT NULL,
	"undated" boolean NOT NULL,
	"payload" text NOT NULL,
	"flags" text,
	"wire" text,
	"derived" text
);
--> statement-breakpoint
CREATE TABLE "signed_out" (
	"id" text PRIMARY KEY NOT NULL,
	"until_s" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "tokens" (
	"name" text PRIMARY KEY NOT NULL,
	"hash" text NOT NULL,
	"read_only" boolean NOT NULL,
	"report_suite" text,
	"channel" text,
	"created_at" bigint NOT NULL,
	"used_at" bigint,
	CONSTRAINT "tokens_hash_unique" UNIQUE("hash")
);
--> statement-breakpoint
CREATE TABLE "writers" (
	"id" text PRIMARY KEY NOT NULL,
	"batch" bigint NOT NULL,
	"nonce" bigint DEFAULT 0 NOT NULL,
	"missing" integer[] DEFAULT '{}' NOT NULL,
	"seen_at" bigint NOT NULL
) WITH (fillfactor = 10);
--> statement-breakpoint
CREATE INDEX "closes_pending" ON "closes" USING btree ("session") WHERE pending;--> statement-breakpoint
CREATE INDEX "closes_untrimmed" ON "closes" USING btree ("closed_at") WHERE not trimmed;--> statement-breakpoint
CREATE INDEX "closes_remains" ON "closes" USING btree ("session") WHERE remains;--> statement-breakpoint
CREATE INDEX "erasures_pending" ON "erasures" USING btree ("revision") WHERE pending;--> statement-breakpoint
CREATE INDEX "heads_look_at" ON "heads" USING btree ("look_at");--> statement-breakpoint
CREATE INDEX "openings_at" ON "openings" USING btree ("rule","at");--> statement-breakpoint
CREATE INDEX "openings_session" ON "openings" USING btree ("session");--> statement-breakpoint
CREATE INDEX "sessions_started_at" ON "sessions" USING btree ("started_at","id");--> statement-breakpoint
CREATE UNIQUE INDEX "sessions_undated" ON "sessions" USING btree ("sid") WHERE undated;--> statement-breakpoint
INSERT INTO "counters" ("name", "value") VALUES
	('revision', 0), ('pruned', 0), ('forgotten', 0), ('lost', 0), ('lineage', floor(random() * 9007199254740991)::bigint);--> statement-breakpoint
INSERT INTO "keys" ("name", "value") VALUES
	('hash', encode(sha256((gen_random_uuid()::text || gen_random_uuid()::text || gen_random_uuid()::text)::bytea), 'hex'));
