package io.freshet.job;

import io.freshet.job.config.JobConfig;
import io.freshet.job.exchange.RendezvousProvider;
import io.freshet.job.records.TickedEvent;
import org.apache.flink.runtime.jobgraph.OperatorID;
import org.apache.flink.runtime.operators.coordination.OperatorCoordinator;
import org.apache.flink.streaming.api.operators.AbstractStreamOperatorFactory;
import org.apache.flink.streaming.api.operators.CoordinatedOperatorFactory;
import org.apache.flink.streaming.api.operators.OneInputStreamOperatorFactory;
import org.apache.flink.streaming.api.operators.StreamOperator;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;

/** Makes learners, and the rendezvous at which they meet. */
final class LearnerOperatorFactory extends AbstractStreamOperatorFactory<String>
        implements OneInputStreamOperatorFactory<TickedEvent, String>, CoordinatedOperatorFactory<String> {
    private static final long serialVersionUID = 1;

    private final JobConfig config;
    private final String topicId;

    /** @param topicId id of the topic that is read */
    LearnerOperatorFactory(JobConfig config, String topicId) {
        this.config = config;
        this.topicId = topicId;
    }

    @Override
    @SuppressWarnings("unchecked")
    public <T extends StreamOperator<String>> T createStreamOperator(StreamOperatorParameters<String> parameters) {
        return (T) new LearnerOperator(parameters, config, topicId);
    }

    @Override
    @SuppressWarnings("rawtypes")
    public Class<? extends StreamOperator> getStreamOperatorClass(ClassLoader loader) {
        return LearnerOperator.class;
    }

    @Override
    public OperatorCoordinator.Provider getCoordinatorProvider(String name, OperatorID operator) {
        return new RendezvousProvider(operator);
    }
}
