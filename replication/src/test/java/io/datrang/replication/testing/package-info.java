/** What the tests of this module share. */
package io.datrang.replication.testing;
