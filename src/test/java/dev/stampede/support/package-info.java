/** What tests of several packages share: the servers that they run against. */
package dev.stampede.support;
