package dev.stampede;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.tngtech.archunit.core.domain.AccessTarget;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import dev.stampede.embedded.EmbeddedPostgresServer;
import dev.stampede.embedded.EmbeddedRedisServer;
import dev.stampede.support.PackagedGateway;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.ValidatableResponseOptions;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.hamcrest.MatcherAssert;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.platform.suite.api.IncludeClassNamePatterns;
import org.junit.platform.suite.api.IncludeTags;

/** What every test keeps to. */
class TestsTest {
    private static final String SERVERS = "servers";

    /** Whoever calls one of them has a server. */
    private static final Set<String> STARTERS = Set.of(
            EmbeddedPostgresServer.class.getName(),
            EmbeddedRedisServer.class.getName(),
            "dev.stampede.embedded.EmbeddedServers",
            PackagedGateway.class.getName());

    private static JavaClasses tests;

    @BeforeAll
    static void read() {
        tests = new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.ONLY_INCLUDE_TESTS)
                .importPackages("dev.stampede");
    }

    /** So that {@code -Dgroups='!servers'} leaves those that take seconds, and only those. */
    @Test
    void whatNeedsServersSaysSo() {
        assertEquals(names(TestsTest::needsServers), names(TestsTest::saysSo), "tagged \"" + SERVERS + "\"");
    }

    @Test
    void testsSayWhatMustHoldAndPrintNothing() {
        noClasses()
                .should()
                .accessField(System.class, "out")
                .because("what is printed is read by nobody: assert it, or log it where it is a report")
                .check(tests);
    }

    @Test
    void noTestIsSkipped() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .haveNameMatching("org\\.junit\\.jupiter\\.api\\.(Disabled|Assumptions|condition\\..*)")
                .because("a skipped test looks like a passed one")
                .check(tests);
    }

    /** What the build leaves to the suites of booted tests is run by nobody else, and by one of them. */
    @Test
    void whatBootsAGatewayRunsInOneSuite() {
        List<PathMatcher> left = Pattern.compile(",\\s*")
                .splitAsStream(System.getProperty("booted.tests"))
                .map(pattern -> FileSystems.getDefault().getPathMatcher("glob:" + pattern))
                .toList();
        assertEquals(
                names(test -> test.isAnnotatedWith(QuarkusTest.class)),
                names(test -> left.stream().anyMatch(pattern -> pattern.matches(path(test)))),
                "booted.tests in pom.xml");
        List<Class<?>> suites = List.of(BootedTests.class, BootedResourceTests.class);
        for (Class<?> suite : suites) {
            assertArrayEquals(
                    new String[] {QuarkusTest.class.getAnnotation(Tag.class).value()},
                    suite.getAnnotation(IncludeTags.class).value());
        }
        for (String test : names(test -> test.isAnnotatedWith(QuarkusTest.class))) {
            assertEquals(
                    1,
                    suites.stream()
                            .flatMap(suite -> Arrays.stream(suite.getAnnotation(IncludeClassNamePatterns.class)
                                    .value()))
                            .filter(test::matches)
                            .count(),
                    test);
        }
    }

    /** How many of the tests' own methods may lie between a test and what it asserts. */
    private static final int LEVELS = 4;

    @Test
    void everyTestAssertsSomething() {
        assertEquals(
                Set.of(),
                tests.stream()
                        .flatMap(test -> test.getMethods().stream())
                        .filter(TestsTest::isTest)
                        .filter(test -> !asserts(test))
                        .map(JavaCodeUnit::getFullName)
                        .collect(Collectors.toCollection(TreeSet::new)),
                "tests that can't fail");
    }

    private static boolean asserts(JavaCodeUnit test) {
        Set<JavaCodeUnit> level = Set.of(test);
        for (int i = 0; i <= LEVELS; i++) {
            Set<JavaCodeUnit> next = new HashSet<>();
            for (JavaCodeUnit unit : level) {
                for (JavaAccess<?> access : unit.getAccessesFromSelf()) {
                    if (isAssertion(access.getTargetOwner())) {
                        return true;
                    }
                    if (access.getTarget() instanceof AccessTarget.CodeUnitAccessTarget target
                            && tests.contain(access.getTargetOwner().getName())) {
                        target.resolveMember().ifPresent(next::add);
                    }
                }
            }
            level = next;
        }
        return false;
    }

    private static Path path(JavaClass test) {
        return Path.of(test.getName().replace('.', '/'));
    }

    private static boolean isAssertion(JavaClass owner) {
        return owner.isEquivalentTo(Assertions.class)
                || owner.isEquivalentTo(MatcherAssert.class)
                || owner.isAssignableTo(AssertionError.class)
                || owner.isAssignableTo(ArchRule.class)
                || owner.getPackageName().startsWith("org.awaitility")
                || owner.isAssignableTo(ValidatableResponseOptions.class);
    }

    private static Set<String> names(Predicate<JavaClass> which) {
        return tests.stream()
                .filter(TestsTest::hasTests)
                .filter(which)
                .map(JavaClass::getName)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static boolean hasTests(JavaClass test) {
        return !test.reflect().isInterface()
                && test.getAllMethods().stream()
                        .anyMatch(method ->
                                method.isAnnotatedWith(Test.class) || method.isAnnotatedWith(ParameterizedTest.class));
    }

    private static boolean isTest(JavaMethod method) {
        return method.isAnnotatedWith(Test.class) || method.isAnnotatedWith(ParameterizedTest.class);
    }

    private static boolean saysSo(JavaClass test) {
        return Arrays.stream(test.reflect().getAnnotationsByType(Tag.class))
                .anyMatch(tag -> tag.value().equals(SERVERS));
    }

    private static boolean needsServers(JavaClass test) {
        Set<JavaClass> seen = new HashSet<>(Set.of(test));
        Deque<JavaClass> open = new ArrayDeque<>(seen);
        while (!open.isEmpty()) {
            JavaClass next = open.remove();
            List<JavaClass> known = used(next);
            if (next.isAnnotatedWith(QuarkusTest.class)
                    || known.stream().anyMatch(used -> STARTERS.contains(used.getName()))) {
                return true;
            }
            known.stream()
                    .filter(used -> tests.contain(used.getName()) && seen.add(used))
                    .forEach(open::add);
        }
        return false;
    }

    /** What it extends, and whose code it calls. */
    private static List<JavaClass> used(JavaClass test) {
        return Stream.concat(
                        test.getRawSuperclass().stream(),
                        test.getAccessesFromSelf().stream().map(JavaAccess::getTargetOwner))
                .toList();
    }
}
