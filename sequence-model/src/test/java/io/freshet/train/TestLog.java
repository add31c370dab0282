package io.freshet.train;

import io.freshet.model.ActionRules;
import io.freshet.model.ContextConfig;
import io.freshet.model.CounterRandom;
import io.freshet.model.LayerConfig;
import io.freshet.model.ModelConfig;
import io.freshet.model.PopularityDecay;
import io.freshet.store.StoreLayout;
import io.freshet.train.exchange.Compression;
import io.freshet.train.step.OptimizerConfig;
import io.freshet.train.step.SoftmaxConfig;
import io.freshet.train.step.SoftmaxConfig.BiasSet;
import io.freshet.train.step.TrainingConfig;
import io.freshet.train.tick.LogEvent;

/** Events and small learners of tests. */
public final class TestLog {
    public static final StoreLayout LAYOUT = new StoreLayout(4, 128, 16, 50);
    public static final byte CLICK = 1;

    private TestLog() {}

    /** Hash of the id of a test's item. */
    public static long item(int item) {
        return CounterRandom.mix(2, item);
    }

    /** Hash of the id of a test's user. */
    public static long user(int user) {
        return CounterRandom.mix(1, user);
    }

    public static LogEvent click(long offset, int user, int item, long time) {
        return new LogEvent(
                0,
                offset,
                user(user),
                "u" + user,
                item(item),
                "i" + item,
                CLICK,
                time,
                0,
                CounterRandom.mix(3, offset));
    }

    /** The event with another user of the same hash. */
    public static LogEvent withSubject(LogEvent e, String subject) {
        return new LogEvent(
                e.partition(),
                e.offset(),
                e.user(),
                subject,
                e.item(),
                e.itemName(),
                e.action(),
                e.eventTimeMillis(),
                e.value(),
                e.eventId());
    }

    /** The event with another item of the same hash. */
    public static LogEvent withItemName(LogEvent e, String name) {
        return new LogEvent(
                e.partition(),
                e.offset(),
                e.user(),
                e.subject(),
                e.item(),
                name,
                e.action(),
                e.eventTimeMillis(),
                e.value(),
                e.eventId());
    }

    /** A learner's settings; what a test does not set is of no matter to it. */
    public static final class Settings {
        public int window = 32;
        public int context = 16;
        public int batchTokens = 48;
        public int fullSoftmaxItems = 1000;
        public int negatives = 64;
        public float rowRate = 0.2f;
        public int warmUpSteps = 20;
        public float clip = 1f;
        public int publishSteps = 4;
        public int capacity = 1000;
        public BiasSet logitBiases = BiasSet.ALL;
        public float replay;
        public int threads = 1;

        public LearnerConfig build() {
            ModelConfig model = new ModelConfig(
                    new LayerConfig(ModelConfig.Variant.STREAMING, 16, 2, 2, 8, 16),
                    new ContextConfig(window, context),
                    0.2f,
                    new PopularityDecay(100, 10),
                    7,
                    ActionRules.DEFAULT);
            return new LearnerConfig(
                    model,
                    new TrainingConfig(
                            batchTokens,
                            replay,
                            new SoftmaxConfig(fullSoftmaxItems, negatives, logitBiases),
                            new OptimizerConfig(2e-3f, warmUpSteps, rowRate, 0.999f, clip),
                            Compression.NONE,
                            threads),
                    capacity,
                    publishSteps);
        }
    }
}
