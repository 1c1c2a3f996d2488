/** Permissions of files and directories that the server makes: its owner's alone. */

export const OWNER_FILE_MODE = 0o600;
export const OWNER_DIRECTORY_MODE = 0o700;
