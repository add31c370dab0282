package io.freshet.endtoend;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** Who may name whom; see docs/architecture.md. */
@AnalyzeClasses(packages = "io.freshet", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    @ArchTest
    static final ArchRule KERNELS_KNOW_NOBODY = noClasses()
            .that()
            .resideInAPackage("io.freshet.kernel..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "io.freshet.store..",
                    "io.freshet.model..",
                    "io.freshet.train..",
                    "io.freshet.schema..",
                    "io.freshet.dataset..",
                    "io.freshet.job..",
                    "io.freshet.cli..");

    @ArchTest
    static final ArchRule THE_STORE_KNOWS_NOBODY = noClasses()
            .that()
            .resideInAPackage("io.freshet.store..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "io.freshet.kernel..",
                    "io.freshet.model..",
                    "io.freshet.train..",
                    "io.freshet.schema..",
                    "io.freshet.dataset..",
                    "io.freshet.job..",
                    "io.freshet.cli..");

    @ArchTest
    static final ArchRule THE_MODEL_DOES_NOT_KNOW_TRAINING = noClasses()
            .that()
            .resideInAPackage("io.freshet.model..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.freshet.train..", "io.freshet.job..", "io.freshet.schema..", "io.freshet.cli..");

    @ArchTest
    static final ArchRule TRAINING_DOES_NOT_KNOW_THE_JOB = noClasses()
            .that()
            .resideInAPackage("io.freshet.train..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "io.freshet.job..", "io.freshet.schema..", "io.freshet.cli..", "io.freshet.kernel.cpu..");

    @ArchTest
    static final ArchRule SERVING_KNOWS_NEITHER_TRAINING_NOR_THE_JOB = noClasses()
            .that()
            .resideInAPackage("io.freshet.serving..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "io.freshet.train..",
                    "io.freshet.job..",
                    "io.freshet.dataset..",
                    "io.freshet.cli..",
                    "io.freshet.kernel.cpu..",
                    "org.apache.flink..");

    @ArchTest
    static final ArchRule THE_JOB_DOES_NOT_KNOW_SERVING = noClasses()
            .that()
            .resideInAPackage("io.freshet.job..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.freshet.serving..", "io.freshet.cli..", "io.grpc..");

    @ArchTest
    static final ArchRule THE_ENGINE_DOES_NOT_KNOW_ITS_DOORS = noClasses()
            .that()
            .resideInAPackage("io.freshet.serving")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.freshet.serving.rpc..", "io.grpc..", "io.freshet.v1..");

    @ArchTest
    static final ArchRule THE_FOLLOWERS_CORE_REACHES_THE_WORLD_THROUGH_PORTS = noClasses()
            .that()
            .haveNameMatching("io\\.freshet\\.serving\\.follower\\.(FollowerCore|FrameGate|FeedCurrency)")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "org.apache.kafka..",
                    "io.freshet.store.rocksdb..",
                    "io.freshet.store.snapshot..",
                    "java.nio.file..");

    @ArchTest
    static final ArchRule ONLY_THE_STORE_NAMES_ROCKSDB = noClasses()
            .that()
            .resideOutsideOfPackage("io.freshet.store.rocksdb..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.rocksdb..");

    @ArchTest
    static final ArchRule SNAPSHOTS_KNOW_NO_STORE_BY_NAME = noClasses()
            .that()
            .resideInAPackage("io.freshet.store.snapshot..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.freshet.store.rocksdb..", "io.freshet.store.feed..");

    @ArchTest
    static final ArchRule ONLY_JOB_AND_CLI_NAME_FLINK = noClasses()
            .that()
            // The catch-up benchmark measures the heap of the job's own process, so it runs the job in its own.
            .resideOutsideOfPackages("io.freshet.job..", "io.freshet.cli..", "io.freshet.benchmarks.catchup..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.apache.flink..");

    @ArchTest
    static final ArchRule NO_CYCLES =
            slices().matching("io.freshet.(**)").should().beFreeOfCycles();
}
