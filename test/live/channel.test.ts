/** Telling everybody who listens: as many as may, none who doesn't keep up, and nobody behind the end. */

import { describe, expect, test } from "bun:test";
import { Channel } from "../../src/live/channel.ts";
import { codeOf } from "../support/code-of.ts";

describe("a channel", () => {
  test("tells all who listen, until they stop", () => {
    const channel = new Channel<number>(3);
    const heard: string[] = [];
    const stop = channel.listen(
      (n) => heard.push(`a${n}`) > 0,
      () => heard.push("a ends"),
    );
    channel.listen(
      (n) => heard.push(`b${n}`) > 0,
      () => heard.push("b ends"),
    );
    channel.say(1);
    stop();
    channel.say(2);
    expect(heard).toEqual(["a1", "b1", "b2"]);
  });

  test("lets go of whoever doesn't keep up, whose place is free once it has stopped, and of nobody else", () => {
    const channel = new Channel<number>(3);
    const heard: string[] = [];
    const stop = channel.listen(
      () => false,
      () => heard.push("slow ends"),
    );
    channel.listen(
      (n) => heard.push(`quick ${n}`) > 0,
      () => {},
    );
    channel.say(1);
    channel.say(2);
    expect(heard).toEqual(["slow ends", "quick 1", "quick 2"]);
    expect(channel.listeners).toBe(2);
    stop();
    stop();
    expect(channel.listeners).toBe(1);
  });

  test("takes as many as may, and nobody once it has ended", () => {
    const channel = new Channel<number>(1);
    let ends = 0;
    const listen = () => {
      const stop = channel.listen(
        () => true,
        () => {
          ends += 1;
          stop();
        },
      );
      return stop;
    };
    const stop = listen();
    expect(codeOf(listen)).toBe("overloaded");
    stop();
    listen();
    channel.close();
    expect([ends, channel.listeners]).toEqual([1, 0]);
    expect(codeOf(listen)).toBe("overloaded");
  });
});
