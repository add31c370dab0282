package io.freshet.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freshet.model.ActionRules.Impressions;
import io.freshet.model.ActionRules.Meaning;
import io.freshet.schema.Action;
import io.freshet.store.Interaction;
import java.util.EnumMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What actions mean by the rules, and that the rules travel with the model. */
class ActionRulesTest {
    private static Meaning of(ActionRules rules, Action action, double value) {
        return rules.of(action.code(), (float) value);
    }

    @Test
    void everyActionOfTheSchemaHasItsDocumentedMeaning() {
        Map<Action, Meaning> expected = new EnumMap<>(Action.class);
        for (Action yes : new Action[] {
            Action.CLICK, Action.CART, Action.PURCHASE, Action.LIKE, Action.RATE, Action.DWELL, Action.OTHER
        }) {
            expected.put(yes, Meaning.POSITIVE);
        }
        expected.put(Action.IMPRESSION, Meaning.NEUTRAL);
        expected.put(Action.SKIP, Meaning.NEUTRAL);
        expected.put(Action.HIDE, Meaning.NEGATIVE);
        expected.put(Action.REFUND, Meaning.NEGATIVE);
        for (Action action : Action.values()) {
            assertThat(of(ActionRules.DEFAULT, action, 3)).as(action.name()).isEqualTo(expected.get(action));
        }
        for (int code = Action.values().length; code < 32; code++) {
            assertThat(ActionRules.DEFAULT.of((byte) code, 1)).as("code " + code).isEqualTo(Meaning.NEUTRAL);
        }
    }

    @Test
    void ratingsAndDwellsHaveThresholds() {
        assertThat(of(ActionRules.DEFAULT, Action.RATE, 2.5)).isEqualTo(Meaning.NEGATIVE);
        assertThat(of(ActionRules.DEFAULT, Action.RATE, 0)).isEqualTo(Meaning.NEGATIVE);
        assertThat(of(ActionRules.DEFAULT, Action.RATE, -1)).isEqualTo(Meaning.NEGATIVE);
        assertThat(of(ActionRules.DEFAULT, Action.RATE, Double.NaN))
                .as("no rating given")
                .isEqualTo(Meaning.POSITIVE);
        assertThat(of(ActionRules.EVERY_RATING, Action.RATE, 0)).isEqualTo(Meaning.POSITIVE);
        ActionRules strict = new ActionRules(7, 30, Impressions.IGNORE, 0);
        assertThat(of(strict, Action.RATE, 6.5)).isEqualTo(Meaning.NEGATIVE);
        assertThat(of(strict, Action.RATE, 7)).isEqualTo(Meaning.POSITIVE);
        assertThat(of(strict, Action.DWELL, 29)).isEqualTo(Meaning.NEUTRAL);
        assertThat(of(strict, Action.DWELL, 30)).isEqualTo(Meaning.POSITIVE);
    }

    @Test
    void theNetworkTellsLowRatingsFromHighOnes() {
        assertThat(row(Action.RATE, 1)).isEqualTo(31);
        for (Action action : Action.values()) {
            assertThat(row(action, 5)).isEqualTo(action.code());
        }
    }

    private static int row(Action action, float value) {
        return ActionRules.DEFAULT.tokenRow(new Interaction(1, action.code(), 0, value, 0));
    }

    @Test
    void theRulesTravelWithTheModelAndAnOldSnapshotHasTheDefaults() {
        ActionRules rules = new ActionRules(4.5f, 12, Impressions.WEAK_NEGATIVE, 0.25f);
        ModelConfig model = ModelConfig.small().withActions(rules);
        Map<String, String> manifest = model.toProperties();
        assertThat(ModelConfig.fromProperties(manifest)).isEqualTo(model);
        assertThat(ModelConfig.fromProperties(ModelConfig.research(1, 2).toProperties()))
                .isEqualTo(ModelConfig.research(1, 2));
        manifest.keySet().removeIf(key -> key.startsWith("model.actions."));
        assertThat(ModelConfig.fromProperties(manifest)).isEqualTo(model.withActions(ActionRules.DEFAULT));
    }

    @Test
    void valuesThatMakeNoSenseAreRefusedByName() {
        assertThatThrownBy(() -> new ActionRules(Float.NaN, 0, Impressions.IGNORE, 0))
                .hasMessageContaining("learner.actions.rating-threshold = NaN");
        assertThatThrownBy(() -> new ActionRules(3, -1, Impressions.IGNORE, 0))
                .hasMessageContaining("learner.actions.dwell-threshold = -1");
        assertThatThrownBy(() -> new ActionRules(3, 0, Impressions.IGNORE, 33))
                .hasMessageContaining("learner.actions.hide-weight = 33");
    }
}
