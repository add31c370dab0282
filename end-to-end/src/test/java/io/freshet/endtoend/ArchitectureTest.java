package io.freshet.endtoend;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.CompositeArchRule;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Who may name whom; see docs/architecture.md. Every rule speaks of package patterns, so that a new room falls under
 * the rule of its house.
 */
@AnalyzeClasses(packages = "io.freshet", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    /** Everything above the engine. */
    private static final String[] TOPS = {
        "io.freshet.cli..", "io.freshet.local..", "io.freshet.benchmarks..", "io.freshet.verification.."
    };

    private static ArchRule never(String lower, String... higher) {
        return noClasses()
                .that()
                .resideInAPackage(lower)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(higher)
                .allowEmptyShould(true);
    }

    /** Rooms of a house, lowest first: none names one behind it. The house itself is the room {@code ""}. */
    private static ArchRule inOrder(String house, String... rooms) {
        List<ArchRule> rules = new ArrayList<>();
        for (int at = 0; at + 1 < rooms.length; at++) {
            String[] higher = Arrays.stream(rooms, at + 1, rooms.length)
                    .map(room -> room.isEmpty() ? house : house + "." + room + "..")
                    .toArray(String[]::new);
            rules.add(never(rooms[at].isEmpty() ? house : house + "." + rooms[at] + "..", higher));
        }
        return CompositeArchRule.of(rules);
    }

    private static ArchRule only(String library, String... houses) {
        return noClasses()
                .that()
                .resideOutsideOfPackages(houses)
                .should()
                .dependOnClassesThat()
                .resideInAPackage(library);
    }

    // The order of the houses.

    @ArchTest
    static final ArchRule NOTHING_NAMES_WHAT_STANDS_ON_TOP = noClasses()
            .that()
            .resideInAnyPackage(
                    "io.freshet.schema..",
                    "io.freshet.dataset..",
                    "io.freshet.kernel..",
                    "io.freshet.store..",
                    "io.freshet.model..",
                    "io.freshet.train..",
                    "io.freshet.evaluate..",
                    "io.freshet.job..",
                    "io.freshet.serving..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(TOPS);

    @ArchTest
    static final ArchRule EVENTS_KNOW_NO_ENGINE = noClasses()
            .that()
            .resideInAnyPackage("io.freshet.schema..", "io.freshet.dataset..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "io.freshet.kernel..",
                    "io.freshet.store..",
                    "io.freshet.model..",
                    "io.freshet.train..",
                    "io.freshet.evaluate..",
                    "io.freshet.job..",
                    "io.freshet.serving..");

    @ArchTest
    static final ArchRule SCHEMAS_KNOW_NO_DATA_SET = never("io.freshet.schema..", "io.freshet.dataset..");

    @ArchTest
    static final ArchRule KERNELS_KNOW_NOBODY = never(
            "io.freshet.kernel..",
            "io.freshet.store..",
            "io.freshet.model..",
            "io.freshet.train..",
            "io.freshet.evaluate..",
            "io.freshet.schema..",
            "io.freshet.dataset..",
            "io.freshet.job..",
            "io.freshet.serving..");

    @ArchTest
    static final ArchRule THE_STORE_KNOWS_NOBODY = never(
            "io.freshet.store..",
            "io.freshet.kernel..",
            "io.freshet.model..",
            "io.freshet.train..",
            "io.freshet.evaluate..",
            "io.freshet.schema..",
            "io.freshet.dataset..",
            "io.freshet.job..",
            "io.freshet.serving..");

    @ArchTest
    static final ArchRule THE_MODEL_DOES_NOT_KNOW_TRAINING = never(
            "io.freshet.model..",
            "io.freshet.train..",
            "io.freshet.evaluate..",
            "io.freshet.job..",
            "io.freshet.serving..",
            "io.freshet.schema..",
            "io.freshet.dataset..",
            "io.freshet.kernel.cpu..",
            "io.freshet.kernel.cuda..");

    @ArchTest
    static final ArchRule TRAINING_DOES_NOT_KNOW_THE_JOB = never(
            "io.freshet.train..",
            "io.freshet.evaluate..",
            "io.freshet.job..",
            "io.freshet.serving..",
            "io.freshet.schema..",
            "io.freshet.dataset..",
            "io.freshet.kernel.cpu..",
            "io.freshet.kernel.cuda..");

    @ArchTest
    static final ArchRule EVALUATION_KNOWS_NEITHER_JOB_NOR_SERVING =
            never("io.freshet.evaluate..", "io.freshet.job..", "io.freshet.serving..");

    @ArchTest
    static final ArchRule THE_JOB_DOES_NOT_KNOW_SERVING =
            never("io.freshet.job..", "io.freshet.serving..", "io.freshet.evaluate..", "io.grpc..");

    @ArchTest
    static final ArchRule SERVING_KNOWS_NEITHER_TRAINING_NOR_THE_JOB = never(
            "io.freshet.serving..",
            "io.freshet.train..",
            "io.freshet.evaluate..",
            "io.freshet.job..",
            "io.freshet.dataset..",
            "io.freshet.kernel.cpu..",
            "io.freshet.kernel.cuda..");

    @ArchTest
    static final ArchRule THE_LOCAL_CLUSTER_KNOWS_NO_COMMAND =
            never("io.freshet.local..", "io.freshet.cli..", "io.freshet.benchmarks..", "io.freshet.verification..");

    @ArchTest
    static final ArchRule COMMANDS_KNOW_NO_PROOF =
            never("io.freshet.cli..", "io.freshet.benchmarks..", "io.freshet.verification..");

    @ArchTest
    static final ArchRule BENCHMARKS_DO_NOT_KNOW_VERIFICATION =
            never("io.freshet.benchmarks..", "io.freshet.verification..");

    @ArchTest
    static final ArchRule VERIFICATION_DOES_NOT_KNOW_BENCHMARKS =
            never("io.freshet.verification..", "io.freshet.benchmarks..");

    // The order of the rooms, and siblings, which never meet.

    @ArchTest
    static final ArchRule KERNELS_KNOW_NO_IMPLEMENTATION =
            never("io.freshet.kernel", "io.freshet.kernel.cpu..", "io.freshet.kernel.cuda..");

    @ArchTest
    static final ArchRule THE_CPU_DOES_NOT_KNOW_OTHER_DEVICES =
            never("io.freshet.kernel.cpu..", "io.freshet.kernel.cuda..");

    @ArchTest
    static final ArchRule OTHER_DEVICES_DO_NOT_KNOW_THE_CPU =
            never("io.freshet.kernel.cuda..", "io.freshet.kernel.cpu..");

    /** A bit has one place where it is decided: docs/decisions/0031. */
    @ArchTest
    static final ArchRule CPU_KERNELS_ARE_A_CHAIN =
            inOrder("io.freshet.kernel.cpu", "host", "scalar", "vector", "bf16", "");

    @ArchTest
    static final ArchRule THE_STORES_ROOMS = inOrder("io.freshet.store", "", "codec", "directory", "memory");

    @ArchTest
    static final ArchRule THE_HEAP_MEETS_NO_SIBLING = never(
            "io.freshet.store.memory..",
            "io.freshet.store.rocksdb..",
            "io.freshet.store.snapshot..",
            "io.freshet.store.feed..");

    @ArchTest
    static final ArchRule TRAININGS_ROOMS =
            inOrder("io.freshet.train", "exchange", "prequential", "tick", "items", "loss", "step", "");

    @ArchTest
    static final ArchRule EVALUATIONS_ROOMS = inOrder("io.freshet.evaluate", "", "baselines", "stream", "epochs");

    @ArchTest
    static final ArchRule EPOCHS_KNOW_NO_STREAM =
            never("io.freshet.evaluate.epochs..", "io.freshet.evaluate.stream..", "io.freshet.evaluate.baselines..");

    @ArchTest
    static final ArchRule THE_JOBS_ROOMS = inOrder(
            "io.freshet.job", "records", "exchange", "repository", "clock", "core", "config", "feed", "source", "");

    @ArchTest
    static final ArchRule THE_JOB_KNOWS_NO_AUDIT = never("io.freshet.job", "io.freshet.job.audit..");

    @ArchTest
    static final ArchRule AUDITS_KNOW_NO_JOB = never("io.freshet.job.audit..", "io.freshet.job");

    @ArchTest
    static final ArchRule SIMULATION_KNOWS_NO_FAULTS =
            never("io.freshet.verification.simulation..", "io.freshet.verification.faults..");

    @ArchTest
    static final ArchRule FAULTS_KNOW_NO_SIMULATION =
            never("io.freshet.verification.faults..", "io.freshet.verification.simulation..");

    @ArchTest
    static final ArchRule THE_STORE_KNOWS_NO_IMPLEMENTATION = never(
            "io.freshet.store",
            "io.freshet.store.rocksdb..",
            "io.freshet.store.snapshot..",
            "io.freshet.store.feed..",
            "io.freshet.store.cache..");

    @ArchTest
    static final ArchRule ROCKSDB_MEETS_NO_SIBLING = never(
            "io.freshet.store.rocksdb..",
            "io.freshet.store.snapshot..",
            "io.freshet.store.feed..",
            "io.freshet.store.memory..",
            "io.freshet.store.cache..");

    @ArchTest
    static final ArchRule SNAPSHOTS_MEET_NO_SIBLING = never(
            "io.freshet.store.snapshot..",
            "io.freshet.store.rocksdb..",
            "io.freshet.store.feed..",
            "io.freshet.store.memory..",
            "io.freshet.store.cache..");

    @ArchTest
    static final ArchRule THE_FEED_MEETS_NO_SIBLING = never(
            "io.freshet.store.feed..",
            "io.freshet.store.rocksdb..",
            "io.freshet.store.snapshot..",
            "io.freshet.store.memory..",
            "io.freshet.store.cache..");

    @ArchTest
    static final ArchRule SASREC_DOES_NOT_KNOW_HSTU = never("io.freshet.model.sasrec..", "io.freshet.model.hstu..");

    @ArchTest
    static final ArchRule HSTU_DOES_NOT_KNOW_SASREC = never("io.freshet.model.hstu..", "io.freshet.model.sasrec..");

    @ArchTest
    static final ArchRule THE_ENGINE_DOES_NOT_KNOW_ITS_ENDPOINTS = never(
            "io.freshet.serving",
            "io.freshet.serving.rpc..",
            "io.freshet.serving.http..",
            "io.freshet.serving.dashboard..",
            "io.freshet.serving.follower..",
            "io.grpc..",
            "io.freshet.v1..");

    @ArchTest
    static final ArchRule THE_FOLLOWER_KNOWS_NO_ENDPOINT = never(
            "io.freshet.serving.follower..",
            "io.freshet.serving.rpc..",
            "io.freshet.serving.http..",
            "io.freshet.serving.dashboard..",
            "io.grpc..");

    @ArchTest
    static final ArchRule GRPC_DOES_NOT_KNOW_THE_DASHBOARD =
            never("io.freshet.serving.rpc..", "io.freshet.serving.dashboard..");

    @ArchTest
    static final ArchRule THE_FOLLOWERS_CORE_REACHES_THE_WORLD_THROUGH_PORTS = noClasses()
            .that()
            .haveNameMatching(
                    "io\\.freshet\\.serving\\.follower\\.(FollowerCore|FrameGate|FeedCurrency|FeedContinuity)")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "org.apache.kafka..",
                    "io.freshet.store.rocksdb..",
                    "io.freshet.store.snapshot..",
                    "java.nio.file..");

    @ArchTest
    static final ArchRule OPTIONS_KNOW_NO_COMMAND = noClasses()
            .that()
            .resideInAnyPackage("io.freshet.cli.options..", "io.freshet.cli.log..", "io.freshet.cli.progress..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "io.freshet.cli",
                    "io.freshet.cli.data..",
                    "io.freshet.cli.demo..",
                    "io.freshet.cli.evaluate..",
                    "io.freshet.cli.learn..",
                    "io.freshet.cli.models..",
                    "io.freshet.cli.serve..");

    /** The demo alone is made of the others' parts. */
    @ArchTest
    static final ArchRule COMMANDS_MEET_IN_THE_DEMO_ALONE = slices().matching("io.freshet.cli.(*)..")
            .should()
            .notDependOnEachOther()
            .ignoreDependency(resideInAPackage("io.freshet.cli.demo.."), resideInAPackage("io.freshet.cli.."))
            .ignoreDependency(
                    resideInAPackage("io.freshet.cli.."),
                    resideInAnyPackage(
                            "io.freshet.cli.options..", "io.freshet.cli.log..", "io.freshet.cli.progress.."));

    // Libraries that stay in their rooms.

    @ArchTest
    static final ArchRule ONLY_THE_STORE_NAMES_ROCKSDB = only("org.rocksdb..", "io.freshet.store.rocksdb..");

    @ArchTest
    static final ArchRule ONLY_NATIVE_KERNELS_AND_BENCHMARKS_NAME_BYTEDECO = only(
            "org.bytedeco..", "io.freshet.kernel.cpu.bf16..", "io.freshet.kernel.cuda..", "io.freshet.benchmarks..");

    @ArchTest
    static final ArchRule ONLY_WHAT_RUNS_JOBS_NAMES_FLINK = only(
            "org.apache.flink..",
            "io.freshet.job..",
            "io.freshet.cli..",
            "io.freshet.local..",
            "io.freshet.verification..",
            // It measures the heap of the job's own process, so it runs the job in its own.
            "io.freshet.benchmarks.catchup..");

    @ArchTest
    static final ArchRule THE_JOBS_CORE_KNOWS_NEITHER_FLINK_NOR_KAFKA =
            never("io.freshet.job.core..", "org.apache.flink..", "org.apache.kafka..");

    @ArchTest
    static final ArchRule NO_CYCLES =
            slices().matching("io.freshet.(**)").should().beFreeOfCycles();
}
