// How far Graph Data Science is with one job, such as 42.86%; null before it has begun and after it has ended.
// mode: read
// params: job_id
// returns: progress
CALL gds.listProgress() YIELD jobId, progress
WITH jobId, progress
WHERE jobId = $job_id
RETURN max(progress) AS progress
