"""History from files, stored through the same log as everything else."""
