/** Broadcasting: to a bounded number of listeners, without those that don't keep up, and not after the end. */

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

  test("drops a listener that doesn't keep up, and no other; its place is free once it has stopped", () => {
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

  test("takes listeners up to its bound, and none once it has ended", () => {
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
