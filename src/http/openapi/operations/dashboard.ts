/** Operations of the dashboard: the page with its parts, and signing in to it. */

import Type from "typebox";
import type { Operation } from "../operation.ts";

const TEXT = Type.String();

const COOKIE = Type.String({
  description:
    "For `/admin/api` alone, for thirty days, `HttpOnly` and `SameSite=Strict`; `Secure` where `X-Forwarded-Proto` " +
    "is https. The token is not in it.",
});

/** `GET /admin`, its script and style, `POST /admin/api/sign-in` and `/admin/api/sign-out`. */
export function dashboardOperations(): readonly Operation[] {
  const part = (id: string, path: string, summary: string, contentType: string): Operation => ({
    id,
    method: "GET",
    path,
    tag: "Dashboard",
    summary,
    answers: { 200: { description: "It is the same for every client.", schema: TEXT, contentType } },
  });
  return [
    part("getDashboard", "/admin", "The dashboard's page", "text/html; charset=utf-8"),
    part("getDashboardScript", "/admin/app.js", "Its script", "text/javascript; charset=utf-8"),
    part("getDashboardStyle", "/admin/app.css", "Its style", "text/css; charset=utf-8"),
    {
      id: "signIn",
      method: "POST",
      path: "/admin/api/sign-in",
      tag: "Dashboard",
      summary: "Sign a browser in",
      description: "Gives a cookie that stands for the token. With a cookie that is good it is renewed.",
      admin: true,
      answers: { 204: { description: "Signed in.", headers: { "Set-Cookie": COOKIE } } },
    },
    {
      id: "signOut",
      method: "POST",
      path: "/admin/api/sign-out",
      tag: "Dashboard",
      summary: "Sign a browser out",
      description: "Takes the cookie back.",
      admin: true,
      answers: { 204: { description: "Signed out.", headers: { "Set-Cookie": COOKIE } } },
    },
  ];
}
