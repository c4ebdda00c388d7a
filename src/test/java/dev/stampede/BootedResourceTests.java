package dev.stampede;

import org.junit.platform.suite.api.IncludeClassNamePatterns;
import org.junit.platform.suite.api.IncludeTags;
import org.junit.platform.suite.api.SelectPackages;
import org.junit.platform.suite.api.Suite;

/** The {@code @QuarkusTest}s of resources, as {@link BootedTests}: together they would be the last to end. */
@Suite(failIfNoTests = false)
@SelectPackages("dev.stampede")
@IncludeClassNamePatterns(".*ResourceTest")
@IncludeTags("io.quarkus.test.junit.QuarkusTest")
class BootedResourceTests {}
