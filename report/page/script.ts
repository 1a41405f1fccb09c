import { ADDRESS } from "./script/address";
import { ROWS } from "./script/rows";
import { START } from "./script/start";
import { TABLE } from "./script/table";
import { UNPACK } from "./script/unpack";
import { USERS } from "./script/users";

/**
 * The script of the page, as text: it is put into the file as it stands, and its hash into the file's
 * content-security policy. It reads the data of the page and only ever sets text, never markup.
 */
export const PAGE_SCRIPT = `(() => {
"use strict";
${UNPACK}${ROWS}${TABLE}${ADDRESS}${USERS}${START}})();
`;
