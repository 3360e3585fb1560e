/** How the log looks. Used by logback only; must never import anything of ours. */
package io.datrang.server.log;
