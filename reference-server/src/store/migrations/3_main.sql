-- An intent that main answers settles what fallbacks have logged for it. The same text serves both
-- databases.
CREATE INDEX issue_log_by_intent ON issue_log (tenant, idk);
