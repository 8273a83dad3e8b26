# The template of all rules. A rule calls the function of its name (afterpulse.workflow.run).
rule job:
    log:
        "logs/job.log",
    conda:
        ENVIRONMENT
    resources:
        **needs(30),
    script:
        "../scripts/run.py"
