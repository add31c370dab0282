package io.freshet.train;

import io.freshet.model.ActionRules;
import io.freshet.model.ContextConfig;
import io.freshet.model.CounterRandom;
import io.freshet.model.LayerConfig;
import io.freshet.model.ModelConfig;
import io.freshet.model.PopularityDecay;
import io.freshet.store.StoreLayout;

/** Events and small learners of tests. */
final class TestLog {
    static final StoreLayout LAYOUT = new StoreLayout(4, 128, 16, 50);
    static final byte CLICK = 1;

    private TestLog() {}

    /** Hash of the id of a test's item. */
    static long item(int item) {
        return CounterRandom.mix(2, item);
    }

    /** Hash of the id of a test's user. */
    static long user(int user) {
        return CounterRandom.mix(1, user);
    }

    static LogEvent click(long offset, int user, int item, long time) {
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
    static LogEvent withSubject(LogEvent e, String subject) {
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
    static LogEvent withItemName(LogEvent e, String name) {
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
    static final class Settings {
        int window = 32;
        int context = 16;
        int batchTokens = 48;
        int fullSoftmaxItems = 1000;
        int negatives = 64;
        float rowRate = 0.2f;
        int warmUpSteps = 20;
        float clip = 1f;
        int publishSteps = 4;
        int capacity = 1000;
        LearnerConfig.Priors priors = LearnerConfig.Priors.ALL;
        float replay;
        int threads = 1;

        LearnerConfig build() {
            ModelConfig model = new ModelConfig(
                    new LayerConfig(ModelConfig.Variant.STREAMING, 16, 2, 2, 8, 16),
                    new ContextConfig(window, context),
                    0.2f,
                    new PopularityDecay(100, 10),
                    7,
                    ActionRules.DEFAULT);
            return new LearnerConfig(
                    model,
                    batchTokens,
                    fullSoftmaxItems,
                    negatives,
                    2e-3f,
                    warmUpSteps,
                    rowRate,
                    0.999f,
                    clip,
                    publishSteps,
                    capacity,
                    priors,
                    replay,
                    Compression.NONE,
                    threads);
        }
    }
}
