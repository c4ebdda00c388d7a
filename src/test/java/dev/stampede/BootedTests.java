package dev.stampede;

import org.junit.platform.suite.api.IncludeClassNamePatterns;
import org.junit.platform.suite.api.IncludeTags;
import org.junit.platform.suite.api.SelectPackages;
import org.junit.platform.suite.api.Suite;

/**
 * Every {@code @QuarkusTest} as one, for a JVM of its own beside the one with all other tests: handed out singly among
 * two they would boot a gateway each. There are none where only tests without servers are wanted.
 */
@Suite(failIfNoTests = false)
@SelectPackages("dev.stampede")
@IncludeClassNamePatterns(".*Test")
@IncludeTags("io.quarkus.test.junit.QuarkusTest")
class BootedTests {}
