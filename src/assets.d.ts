/** The package brings no types. */
declare module "ua-parser-js" {
  export class UAParser {
    constructor(agent: string);
    getBrowser(): { readonly name?: string };
    getDevice(): { readonly type?: string };
    getOS(): { readonly name?: string };
  }
}

declare module "*.css" {
  const text: string;
  export default text;
}

declare module "*.sql" {
  const text: string;
  export default text;
}

declare module "*.mp4" {
  const path: string;
  export default path;
}
