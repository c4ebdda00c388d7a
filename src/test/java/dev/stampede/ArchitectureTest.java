package dev.stampede;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaCall;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.domain.properties.HasName;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The habits of this codebase that a compiler doesn't hold. */
class ArchitectureTest {

    private static JavaClasses main;
    private static JavaClasses tests;

    @BeforeAll
    static void read() {
        main = new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .importPackages("dev.stampede");
        tests = new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.ONLY_INCLUDE_TESTS)
                .importPackages("dev.stampede");
    }

    @Test
    void pointsIsPure() {
        classes()
                .that()
                .resideInAPackage("dev.stampede.points..")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage("dev.stampede.points..", "java..")
                .because("points arithmetic knows no framework, no clock and no I/O")
                .allowEmptyShould(true)
                .check(main);
    }

    @Test
    void pointsReadsNoClock() {
        noClasses()
                .that()
                .resideInAPackage("dev.stampede.points..")
                .should()
                .callMethodWhere(JavaCall.Predicates.target(
                        HasName.Predicates.nameMatching("now|currentTimeMillis|nanoTime|randomUUID")))
                .because("time, randomness and ids are passed in")
                .allowEmptyShould(true)
                .check(main);
    }

    @Test
    void nobodyDependsOnTheEmbeddedServers() {
        noClasses()
                .that()
                .resideOutsideOfPackage("dev.stampede.embedded..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("dev.stampede.embedded..")
                .because("where Postgres and Redis run is a matter of configuration")
                .allowEmptyShould(true)
                .check(main);
    }

    @Test
    void namesAreNounsOfTheField() {
        noClasses()
                .should()
                .haveNameMatching(".*(Impl|Manager|Helper|Util|Utils|Dto)")
                .because("such a name says nothing about points")
                .check(main);
    }

    @Test
    void nothingBlocks() {
        noClasses()
                .should()
                .callMethodWhere(sleepsOrAwaits())
                .because("an event loop that waits serves nobody")
                .check(main);
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

    private static DescribedPredicate<? super JavaMethodCall> sleepsOrAwaits() {
        return DescribedPredicate.describe("sleeps, or waits for a result", call -> switch (call.getName()) {
            case "sleep" ->
                call.getTargetOwner().isEquivalentTo(Thread.class)
                        || call.getTargetOwner().isEquivalentTo(TimeUnit.class);
            case "await" ->
                call.getTargetOwner().isAssignableTo(Uni.class)
                        || call.getTargetOwner().isAssignableTo(Future.class);
            default -> false;
        });
    }
}
