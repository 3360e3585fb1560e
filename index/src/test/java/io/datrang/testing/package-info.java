/**
 * A private PostgreSQL for tests, shared by all modules through this module's test jar.
 *
 * <p>Must never import anything of Datrang: tests of every module build on it.
 */
package io.datrang.testing;
