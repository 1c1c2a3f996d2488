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
