/**
 * The vocabulary every module shares: WAL positions, tables, columns and their types.
 *
 * <p>Values only; must never import anything but the JDK.
 */
package io.datrang.types;
