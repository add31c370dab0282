package io.freshet.verification.faults;

import io.freshet.verification.faults.log.LogLayout;
import io.freshet.verification.faults.log.LogTurn;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/**
 * What is done to a system, and when: a function of its arguments alone.
 *
 * @param seed seed
 * @param layout partitions of the log, 2 to 4 punctual ones among them
 * @param taskManagers 2 or 3
 * @param steps in order
 */
record FaultPlan(long seed, LogLayout layout, int taskManagers, List<Step> steps) {
    private static final int[] RESCALINGS = {2, 4, 1};

    /** What is done. */
    enum Kind {
        KILL_BROKER,
        PAUSE_BROKER,
        CUT_WRITER_FROM_BROKER,
        CUT_JOB_FROM_BROKER,
        CUT_SCORER_FROM_BROKER,
        KILL_TASK_MANAGER,
        PAUSE_TASK_MANAGER,
        CUT_TASK_MANAGERS_FROM_JOB_MANAGER,
        KILL_JOB_MANAGER,
        PAUSE_JOB_MANAGER,
        KILL_SCORER,
        PAUSE_SCORER,
        RESCALE,
        SECOND_LEARNER,
        STRAY_CONNECTIONS;

        /** Name for people and options: {@code kill-broker}. */
        String label() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }

        private boolean restartsTheJob() {
            return this == KILL_TASK_MANAGER || this == KILL_JOB_MANAGER || this == RESCALE;
        }

        private boolean lasts() {
            return name().startsWith("PAUSE") || name().startsWith("CUT") || this == STRAY_CONNECTIONS;
        }
    }

    /** What a step waits for before it happens. */
    enum Trigger {
        /** A number of ms of the wall clock. */
        TIME,
        /** A checkpoint in progress. */
        CHECKPOINT,
        /** The job not running: failed, scheduled or restoring. */
        RECOVERY,
        /** A task restoring its state. */
        RESTORE
    }

    /**
     * A fault.
     *
     * @param trigger what it waits for
     * @param delayMillis after that
     * @param kind what is done
     * @param which TaskManager, where it is one; modulo their number
     * @param millis how long it lasts, where it lasts
     * @param hold whether a cut holds bytes back; if not, connections are reset and refused
     * @param learners number of them from then on, where the job is rescaled
     */
    record Step(Trigger trigger, long delayMillis, Kind kind, int which, long millis, boolean hold, int learners) {
        @Override
        public String toString() {
            StringBuilder text = new StringBuilder(kind.label());
            if (kind == Kind.KILL_TASK_MANAGER || kind == Kind.PAUSE_TASK_MANAGER || kind == Kind.STRAY_CONNECTIONS) {
                text.append(' ').append(which);
            }
            if (kind.lasts()) {
                text.append(" for ").append(millis).append(" ms");
            }
            if (kind.name().startsWith("CUT")) {
                text.append(hold ? ", bytes held" : ", connections refused");
            }
            if (kind == Kind.RESCALE) {
                text.append(" to ").append(learners);
            }
            text.append(
                    switch (trigger) {
                        case TIME -> ", after ";
                        case CHECKPOINT -> ", during a checkpoint + ";
                        case RECOVERY -> ", during the recovery + ";
                        case RESTORE -> ", during the restore + ";
                    });
            return text.append(delayMillis).append(" ms").toString();
        }
    }

    /**
     * Deals faults: every kind once in some order (rescaling three times: to 2, 4 and 1), then again. Stray connections
     * come while learners talk to each other, if that is within the plan.
     *
     * @param faults steps
     * @param kinds what may happen
     */
    static FaultPlan of(long seed, int faults, List<Kind> kinds) {
        Random random = new Random(seed * 0x9E3779B97F4A7C15L);
        LogLayout layout = new LogLayout(2 + random.nextInt(3));
        int taskManagers = 2 + random.nextInt(2);
        List<Kind> deck = new ArrayList<>();
        List<Step> steps = new ArrayList<>();
        int rescalings = 0;
        boolean restarting = false;
        for (int n = 0; n < faults; n++) {
            if (deck.isEmpty()) {
                deck.addAll(kinds);
                if (kinds.contains(Kind.RESCALE)) {
                    deck.addAll(List.of(Kind.RESCALE, Kind.RESCALE));
                }
                Collections.shuffle(deck, random);
                strayBehindRescaling(deck);
            }
            Kind kind = deck.remove(deck.size() - 1);
            // Who comes second, or strays in, is to meet somebody.
            boolean meets = kind == Kind.SECOND_LEARNER || kind == Kind.STRAY_CONNECTIONS;
            Trigger trigger = meets ? Trigger.TIME : trigger(random, restarting);
            long delay = trigger == Trigger.TIME ? 300 + random.nextInt(3_000) : random.nextInt(150);
            long millis = 500 + random.nextInt(random.nextInt(4) == 0 ? 11_500 : 4_500);
            if (kind == Kind.CUT_SCORER_FROM_BROKER && random.nextInt(3) == 0) {
                // Long enough for answers that say that they are stale.
                millis = 32_000;
            }
            int learners = rescalings < RESCALINGS.length ? RESCALINGS[rescalings] : 1 << random.nextInt(3);
            rescalings += kind == Kind.RESCALE ? 1 : 0;
            steps.add(new Step(
                    trigger, delay, kind, random.nextInt(taskManagers), millis, random.nextBoolean(), learners));
            restarting = kind.restartsTheJob();
        }
        return new FaultPlan(seed, layout, taskManagers, List.copyOf(steps));
    }

    /** Dealt from its end: the first rescaling is the last one in the deck. */
    private static void strayBehindRescaling(List<Kind> deck) {
        if (deck.contains(Kind.RESCALE) && deck.remove(Kind.STRAY_CONNECTIONS)) {
            deck.add(deck.lastIndexOf(Kind.RESCALE), Kind.STRAY_CONNECTIONS);
        }
    }

    /** What happens to the log before a step: its writers are told in the middle of a run. */
    List<LogTurn> turnsBefore(int step) {
        List<LogTurn> turns = new ArrayList<>();
        if (step == steps.size() / 3) {
            turns.add(LogTurn.PARTITION_ADDED);
        }
        if (step == steps.size() / 2) {
            turns.add(LogTurn.PARTITION_ENDS);
        }
        if (step == steps.size() * 2 / 3) {
            turns.add(LogTurn.PRODUCER_DIES);
        }
        return turns;
    }

    private static Trigger trigger(Random random, boolean restarting) {
        int drawn = random.nextInt(10);
        if (restarting && drawn < 6) {
            return drawn < 3 ? Trigger.RECOVERY : Trigger.RESTORE;
        }
        return drawn < 5 ? Trigger.CHECKPOINT : Trigger.TIME;
    }
}
