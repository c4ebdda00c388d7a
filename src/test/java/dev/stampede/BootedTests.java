package dev.stampede;

import org.junit.platform.suite.api.IncludeClassNamePatterns;
import org.junit.platform.suite.api.IncludeTags;
import org.junit.platform.suite.api.SelectPackages;
import org.junit.platform.suite.api.Suite;

/**
 * Every {@code @QuarkusTest} but those of {@link BootedResourceTests} as one, for a JVM of its own: handed out singly
 * they would boot a gateway each. There are none where only tests without servers are wanted.
 */
@Suite(failIfNoTests = false)
@SelectPackages("dev.stampede")
@IncludeClassNamePatterns(".*(?<!Resource)Test")
@IncludeTags("io.quarkus.test.junit.QuarkusTest")
class BootedTests {}
