/** The form of a setting: its name, and the values that it takes. */

interface SettingBase {
  /** In camel case. */
  readonly key: string;
  /** The part of `Config` that holds the setting, and its section of the documentation. */
  readonly group: string;
  readonly summary: string;
  /** Read from the environment only: every user of the machine can read a command line. */
  readonly secret?: true;
}

interface IntegerSetting extends SettingBase {
  readonly kind: "integer";
  /** Absent for what has none, such as a port. */
  readonly unit?: string;
  readonly fallback: number;
  readonly min: number;
  readonly max: number;
}

interface TextSetting extends SettingBase {
  readonly kind: "text";
  readonly fallback?: string;
  readonly charsMin: number;
  /** What else it must be, and the words for it in the error: "must be the name of a header". */
  readonly form?: { readonly wants: string; readonly accepts: (text: string) => boolean };
}

interface ChoiceSetting extends SettingBase {
  readonly kind: "choice";
  readonly fallback: string;
  readonly choices: readonly string[];
}

/** Texts separated by commas. */
interface ListSetting extends SettingBase {
  readonly kind: "list";
  readonly fallback: readonly string[];
  /** Names the items in the error: "must be a list, with commas between them, of addresses". */
  readonly wants: string;
  readonly accepts: (item: string) => boolean;
}

/** On or off; a flag without a value turns it on. */
interface SwitchSetting extends SettingBase {
  readonly kind: "switch";
  readonly fallback: boolean;
}

export type Setting = IntegerSetting | TextSetting | ChoiceSetting | ListSetting | SwitchSetting;

/** `100 to 60000 ms`. */
export function rangeOf({ min, max, unit }: IntegerSetting): string {
  return unit === undefined ? `${min} to ${max}` : `${min} to ${max} ${unit}`;
}
