"""The private parts of ministack that we use, as expressions that `test_ministack_hooks.py` evaluates."""

from __future__ import annotations

HOOKS = {
    "the version is the pinned one": "importlib.metadata.version('ministack') == '1.5.33'",
    "app.SERVICE_HANDLERS maps names to handlers": "callable(app.SERVICE_HANDLERS['cloudformation'])",
    "a handler takes method, path, headers, body, query": "parameters(app.SERVICE_HANDLERS['s3']) == 5",
    "router.SERVICE_PATTERNS maps names to patterns": "'target_prefixes' in router.SERVICE_PATTERNS['ssm']",
    "router.detect_service goes by target first": (
        "router.SERVICE_PATTERNS.update(x={'target_prefixes': ['X.']}) or "
        "router.detect_service('POST', '/', {'x-amz-target': 'X.Do'}, {}) == 'x'"
    ),
    "the gateway asks detect_service, which asks whether a scope is one of AWS's": (
        "'detect_service(method, path, headers, routing_params)' in inspect.getsource(app._dispatch_service_request) "
        "and '_is_aws_service_name(svc_name)' in inspect.getsource(router.detect_service)"
    ),
    "router.detect_service goes by credential scope": (
        "router.detect_service('POST', '/endpoints/a/invocations', "
        "{'authorization': 'AWS4-HMAC-SHA256 Credential=1/20260101/us-east-1/x/aws4_request'}, {}) == 'x'"
    ),
    "there is no SageMaker of its own yet": "'sagemaker' not in app.SERVICE_REGISTRY",
    "responses.request_scope sets account and region": "scoped() == ('111122223333', 'eu-west-1')",
    "eventbridge._put_events takes allow_aws_source": "'allow_aws_source' in names(eventbridge._put_events)",
    "s3._buckets holds records with objects": "bucket_record().get('objects') == {}",
    "s3._resolve_sse_write_headers refuses aws:kms without a key": (
        "s3._resolve_sse_write_headers({'x-amz-server-side-encryption': 'aws:kms'}, 'hook')[1][0] == 400"
    ),
    "s3.handle_request takes method, path, headers, body, query": (
        "names(s3.handle_request)[:5] == ['method', 'path', 'headers', 'body', 'query_params']"
    ),
    "the gateway looks s3.handle_request up at each request": (
        "'mod.handle_request(' in inspect.getsource(app._lazy_handler)"
    ),
    "s3 computes of a body what the file of an upload answers": (
        "names(s3._validate_content_md5) == ['headers', 'body'] "
        "and names(s3._compute_s3_checksum) == ['algorithm', 'body'] "
        "and names(app._read_request_body) == ['receive', 'method', 'headers']"
    ),
    "s3._copy_object takes bucket, key, headers": (
        "names(s3._copy_object) == ['bucket_name', 'dest_key', 'headers'] "
        "and names(s3._check_put_preconditions) == ['headers', 'existing_obj']"
    ),
    "s3 judges a new bucket's name and region": (
        "names(s3._location_constraint_error) == ['name', 'constraint', 'endpoint_region'] "
        "and names(s3._create_bucket)[0] == 'name'"
    ),
    "s3._parse_bucket_key takes path and headers": "s3._parse_bucket_key('/hook/a/b', {}) == ('hook', 'a/b')",
    "s3 keeps a bucket's objects in a dictionary": "type(bucket_record()['objects']) is dict",
    "s3 changes nothing between two awaits but of object lambdas": (
        "inspect.getsource(s3.handle_request).count('await ') == 1"
    ),
    "s3 keeps the tags of buckets and objects by functions that take a body": (
        "[names(f)[-1] for f in (s3._put_bucket_tagging, s3._delete_bucket_tagging)] == ['body', 'name'] "
        "and names(s3._put_object_tagging)[:3] == ['bucket_name', 'key', 'body'] "
        "and s3._bucket_tags.get('hook') is None"
    ),
    "sts._assumed_role_arn gives the session's ARN or a refusal": (
        "sts._assumed_role_arn('arn:aws:iam::111122223333:role/a', 's')[1] is None "
        "and sts._assumed_role_arn('a', 's')[1] is not None"
    ),
    "AssumeRoleWithSAML is STS's, and takes no signature": (
        "router.detect_service('POST', '/', {'host': '127.0.0.1'}, {'Action': ['AssumeRoleWithSAML']}) == 'sts' "
        "and 'AssumeRoleWithSAML' in iam_actions.unsigned_operations('sts')"
    ),
    "s3 reads objects by bucket, key, headers and query, which is always there": (
        "parameters(s3._get_object) == parameters(s3._head_object) == 4 "
        "and '_head_object(bucket_name, key, headers, {})' in inspect.getsource(s3) "
        "and '_get_object(bucket_name, key, headers, {})' in inspect.getsource(s3)"
    ),
    "s3 copies with the headers last": (
        "names(s3._copy_object)[-1] == names(s3._upload_part_copy)[-1] == 'headers' "
        "and names(s3._sync_restore) == ['bucket_name', 'key', 'obj'] and 'GLACIER' in s3._ARCHIVE_STORAGE_CLASSES"
    ),
    "s3 reads ranges": (
        "s3._parse_range('bytes=1-', 3) == (1, 2) and s3._parse_range('bytes=3-', 3) is None "
        "and names(s3._range_error_xml) == ['bucket_name', 'key']"
    ),
    "s3 resolves the encryption of a write, and keeps a bucket's in XML": (
        "names(s3._resolve_sse_write_headers) == ['headers', 'bucket_name'] "
        "and names(s3._get_bucket_encryption) == ['name'] and s3._bucket_encryption.get('hook') is None "
        "and '_bucket_encryption[name] = body.decode(' in inspect.getsource(s3._put_bucket_encryption)"
    ),
    "sts asks who may have a session token": (
        "names(sts._session_caller_refused) == ['caller', 'action'] "
        "and inspect.getsource(sts.handle_request).count('_session_caller_refused(caller, action)') == 2"
    ),
    "sts._session_policies takes a request and an account": (
        "names(sts._session_policies)[:2] == ['params', 'account_id'] "
        "and sts._session_policies({}, '111122223333') == ({'Policy': '', 'PolicyArns': []}, None)"
    ),
    "iam keeps SAML providers by account, and with its state": (
        "type(iam._saml_providers) is responses.AccountScopedDict and 'saml_providers' in iam.get_state()"
    ),
    "_with_stack_tags takes type, properties and what to add": (
        "names(provisioners._with_stack_tags)[:2] == ['resource_type', 'props'] "
        "and stacks._with_stack_tags is provisioners._with_stack_tags"
    ),
    "lambda_svc's operations take what a function needs in their request": (
        "names(lambda_svc._create_function) == ['data'] and names(lambda_svc._update_code) == ['name', 'data'] "
        "and names(lambda_svc._update_config) == ['name', 'data'] and names(lambda_svc._create_esm) == ['data'] "
        "and names(lambda_svc._put_function_concurrency) == ['func_name', 'data']"
    ),
    "lambda_runtime.reset ends the workers": "parameters(lambda_runtime.reset) == 0",
    "_RESOURCE_HANDLERS: create takes three": "handler('create') == 3",
    "_RESOURCE_HANDLERS: update takes four": "handler('update') == 4",
    "_RESOURCE_HANDLERS: delete takes two": "handler('delete') == 2",
    "_physical_name takes max_len": "'max_len' in names(provisioners._physical_name)",
    "_REPLACING_PROPERTIES holds tuples": "isinstance(replacing['AWS::DynamoDB::Table'], tuple)",
    "_CUSTOM_NAME_REPLACEMENT holds names": "custom_names['AWS::DynamoDB::Table']['name'] == 'TableName'",
    "_STACK_TAG_PROPERTY holds name and shape": "('Tags', 'list') in provisioners._STACK_TAG_PROPERTY.values()",
    "_runs_on_worker_thread is asked by type": "stacks._runs_on_worker_thread('AWS::CloudFormation::Stack') is True",
    "stepfunctions._SERVICE_DISPATCH maps prefixes to functions of resource and arguments": (
        "parameters(stepfunctions._SERVICE_DISPATCH['arn:aws:states:::sqs:sendMessage']) == 2"
    ),
    "stepfunctions has the tables of aws-sdk": (
        "stepfunctions._AWS_SDK_SERVICE_MAP['ssm']['target_prefix'] == 'AmazonSSM' "
        "and stepfunctions._AWS_SDK_ERROR_PREFIX['ssm'] == 'Ssm' "
        "and 'rds' in stepfunctions._AWS_SDK_ERROR_CODE_OVERRIDES"
    ),
    "stepfunctions._execute_task takes state, input, execution, context": (
        "names(stepfunctions._execute_task) == ['state_def', 'raw_input', 'execution', 'ctx']"
    ),
    "stepfunctions._invoke_resource_with_timeout takes three": (
        "parameters(stepfunctions._invoke_resource_with_timeout) == 3"
    ),
    "stepfunctions._validate_state_machine_definition takes the request": (
        "parameters(stepfunctions._validate_state_machine_definition) == 1 "
        "and names(provisioners._sfn_definition) == ['props']"
    ),
    "a worker of functions spawns its process and says when that died": (
        "all(text in inspect.getsource(lambda_runtime.Worker.invoke) for text in ('_spawn()', 'Worker process died')) "
        "and 'Worker init failed: ' in inspect.getsource(lambda_runtime.Worker._spawn)"
    ),
    "a worker's program answers once that it did not begin": (
        'lambda_runtime._PYTHON_WORKER_SCRIPT.count(\'{"status": "error", "error": str(e)}\') == 1 '
        "and all(name in lambda_runtime._PYTHON_WORKER_SCRIPT for name in ('mod = ', 'handler_fn = ')) "
        "and lambda_runtime._detect_runtime_binary('python3.12')[1] is lambda_runtime._PYTHON_WORKER_SCRIPT"
    ),
    "stepfunctions._run_execution takes the ARN": "parameters(stepfunctions._run_execution) == 1",
    "stepfunctions._fail_execution takes execution, error, cause": "parameters(stepfunctions._fail_execution) == 3",
    "stepfunctions._apply_output_path takes state, data, context": "parameters(stepfunctions._apply_output_path) == 3",
    "stepfunctions._apply_input_path takes state, data, context": "parameters(stepfunctions._apply_input_path) == 3",
    "stepfunctions._resolve_params_obj takes template, data, context": (
        "parameters(stepfunctions._resolve_params_obj) == 3"
    ),
    "stepfunctions._parse_jsonpath_tokens gives kinds and steps": (
        "stepfunctions._parse_jsonpath_tokens('$.a[1][*]') == [('field', 'a'), ('index', 1), ('wildcard', None)]"
    ),
    "stepfunctions._apply_state_assign takes five": "parameters(stepfunctions._apply_state_assign) == 5",
    "stepfunctions._run_parallel_branches takes four": "parameters(stepfunctions._run_parallel_branches) == 4",
    "_replacing_change is asked by type, old and new": "parameters(provisioners._replacing_change) == 3",
    "the stack engine asks it too": "stacks._replacing_change is provisioners._replacing_change",
    "_sends_back_failed_update is asked by type": "stacks._sends_back_failed_update('Custom::Any') is True",
    "_evaluate_conditions takes template and parameters": "parameters(stacks._evaluate_conditions) == 2",
    "_parse_template takes the text": "parameters(handlers._parse_template) == 1",
    "_capabilities_enforced takes nothing": "parameters(handlers._capabilities_enforced) == 0",
    "ec2._ACTION_MAP maps actions to functions of parameters": "parameters(ec2._ACTION_MAP['DeleteVpc']) == 1",
    "ec2 compares rules by _strip_descriptions": "'_strip_descriptions' in inspect.getsource(ec2._rules_match)",
    "ec2 knows AWS's prefix lists": "ec2._aws_pl_id_from_name('com.amazonaws.us-east-1.s3').startswith('pl-')",
    "ec2 has the stores that ours are in": "all(hasattr(ec2, f'_{name}') for name in EC2_STORES)",
    "iam_evaluator.enforce takes six": (
        "names(iam_evaluator.enforce) == "
        "['access_key_id', 'iam_action', 'service', 'region', 'resource_arn', 'service_context']"
    ),
    "the gateway looks enforce up at each request": (
        "'from ministack.core.iam_evaluator import' in inspect.getsource(app._enforce_data_plane)"
    ),
    "iam_evaluator.resolve_principal takes a key and an account": (
        "names(iam_evaluator.resolve_principal)[:2] == ['access_key_id', 'account_id']"
    ),
    "iam_evaluator decides in these steps": (
        "all(callable(getattr(iam_evaluator, name)) for name in "
        "('evaluate', 'evaluate_trust_policy', 'combine_resource_policy', '_resource_policy', 'EvalContext'))"
    ),
    "iam_evaluator._resolve_condition_key takes key and context": (
        "parameters(iam_evaluator._resolve_condition_key) == 2"
    ),
    "iam_actions gives condition keys": (
        "names(iam_actions.s3_service_context) == ['iam_action', 'query_params', 'path', 'headers'] "
        "and names(iam_actions.request_tag_context) == ['service', 'iam_action', 'body', 'params']"
    ),
    "iam keeps the inline policies of users, groups and roles": (
        "iam._user_inline_policies.get('hook') is None and iam._group_inline_policies.get('hook') is None "
        "and 'role[\"InlinePolicies\"][policy_name]' in inspect.getsource(iam._put_role_policy) "
        "and 'AttachedPolicies' in inspect.getsource(iam._list_attached_role_policies) "
        "and iam._access_keys.get('hook') is None"
    ),
    "iam._IAM_HANDLERS maps operations to functions of parameters": (
        "parameters(iam._IAM_HANDLERS['SimulatePrincipalPolicy']) == 1 "
        "and names(iam_evaluator._gather_role_policies) == ['role_name', 'account_id']"
    ),
    "iam_evaluator reads a boundary by store, name and account": (
        "names(iam_evaluator._permissions_boundary) == ['store', 'name', 'account_id']"
    ),
    "eventbridge._invoke_target takes four": "parameters(eventbridge._invoke_target) == 4",
    "eventbridge._pattern_event_view shows an event with its detail": (
        "'event_with_detail' in inspect.getsource(eventbridge._pattern_event_view(EVENT).__class__)"
    ),
    "cloudwatch_logs._put_log_events and _put_metric_filter take a request": (
        "parameters(cloudwatch_logs._put_log_events) == parameters(cloudwatch_logs._put_metric_filter) == 1"
    ),
    "eventbridge says what is wrong with a pattern": (
        "eventbridge._event_pattern_error('{\"source\": []}') == 'Empty arrays are not allowed' "
        'and eventbridge._event_pattern_error(\'{"source": ["a"]}\') is None'
    ),
    "a log group has its retention": "'\"retentionInDays\": None' in inspect.getsource(cloudwatch_logs)",
    "cloudwatch_logs looks its operations up at each request": (
        "'_put_log_events,' in inspect.getsource(cloudwatch_logs.handle_request)"
    ),
    "iam_evaluator.evaluate_resource_policy takes document, context and service": (
        "names(iam_evaluator.evaluate_resource_policy)[:3] == ['doc', 'ctx', 'service']"
    ),
    "cloudwatch_logs keeps metric filters by group and name, and resource policies": (
        "list(cloudwatch_logs._metric_filters.items()) == list(cloudwatch_logs._resource_policies.values()) == []"
    ),
    "functions get their credentials from their configuration": (
        "names(lambda_runtime.execution_credentials) == ['config']"
    ),
    "functions' logs are written by _emit_lambda_logs": "names(lambda_svc._emit_lambda_logs)[0] == 'func'",
    "stepfunctions._invoke_resource takes two": "parameters(stepfunctions._invoke_resource) == 2",
    "ecr has the operations that ours stand before": (
        "parameters(ecr._describe_images) == parameters(ecr._get_authorization_token) == 1 "
        "and parameters(ecr._delete_repository) == parameters(ecr._repo_shape) == 1"
    ),
    "ecr takes images and layers by operations of one request, and manifests of Docker's clients": (
        "all(parameters(getattr(ecr, f'_{name}')) == 1 for name in ('put_image', 'initiate_layer_upload', "
        "'upload_layer_part', 'complete_layer_upload', 'batch_check_layer_availability', "
        "'get_download_url_for_layer')) "
        "and names(ecr._v2_put_manifest) == ['name', 'ref', 'headers', 'body']"
    ),
    "ecr answers Docker's clients in the scope of the request": (
        "names(ecr.handle_registry_request) == ['method', 'path', 'headers', 'body', 'query_params'] "
        "and names(ecr._select_registry_request_scope) == ['name', 'headers', 'query_params'] "
        "and '.handle_registry_request(' in inspect.getsource(app._handle_ecr_registry_request)"
    ),
    "ecr knows a repository's policy and its account": "names(ecr.repository_policy_for_arn) == ['resource_arn']",
    "iam_actions has the codes of refusals": "iam_actions._DENIED_CODES == {'sns': 'AuthorizationError'}",
    "ecr looks its operations up at each request": "'_describe_images,' in inspect.getsource(ecr.handle_request)",
    "ecr finds an image by repository and id": "names(ecr._find_image) == ['repo_name', 'image_id']",
    "ecr keeps repositories by account, region and name": "list(ecr._repositories.all_items()) == []",
    "a template deletes a repository by the same operation": (
        "'_ecr._delete_repository(' in inspect.getsource(provisioners._ecr_repo_delete)"
    ),
    "the gateway only authenticates where it knows no action": (
        "names(app._authenticate_only) == ['service', 'headers', 'query_params', 'request_id'] "
        "and 'elif iam_action is None and' in inspect.getsource(app._dispatch_service_request)"
    ),
    "iam_actions.access_denied_response takes service, action, ARN and request id": (
        "names(iam_actions.access_denied_response)[:4] == ['service', 'action', 'principal_arn', 'request_id']"
    ),
    "the gateway words failed authentications": (
        "names(app._credential_failure) == ['service', 'iam_action', 'request_id', 'denied', 'headers']"
    ),
    "sigv4 verifies a request that is given in parts": (
        "names(sigv4.header_signing_documents) == "
        "['signature', 'method', 'raw_path', 'query_params', 'headers', 'body', 'presigned'] "
        "and names(sigv4.header_signature_failure)[:7] == "
        "['signature', 'secret', 'method', 'raw_path', 'query_params', 'headers', 'body']"
    ),
    "s3 reads an upload form, and decides its policy": (
        "names(s3._parse_multipart_form) == ['content_type', 'body'] "
        "and '_enforce_signed_post_policy(' in inspect.getsource(s3._post_object)"
    ),
    "an account's key signs with the server's own secret": (
        "iam_evaluator.resolve_credential('123456789012', '123456789012', '').secret_access_key == 'hook'"
    ),
    "the archives of functions and layers have URLs": (
        "parameters(lambda_svc._presigned_code_url) == 1 and parameters(lambda_svc._layer_content_url) == 2 "
        "and '_presigned_code_url(name)' in inspect.getsource(lambda_svc)"
    ),
    "cloudwatch looks up what evaluates, evicts and stores": (
        "'_evaluate_all_alarms()' in inspect.getsource(cloudwatch._put_metric_data) "
        "and '_store_datum(' in inspect.getsource(cloudwatch._put_metric_data) "
        "and '_evict_old_metrics()' in inspect.getsource(cloudwatch.handle_request) "
        "and '_evaluate_alarm(alarm)' in inspect.getsource(cloudwatch._put_metric_alarm)"
    ),
    "cloudwatch._store_datum takes eight": (
        "names(cloudwatch._store_datum) == "
        "['namespace', 'name', 'dims', 'ts', 'unit', 'value', 'values', 'counts', 'stat_values']"
    ),
    "cloudwatch keeps points by namespace, name and dimensions": (
        "cloudwatch._metric_bucket(('a', 'b', cloudwatch._dims_key({'c': 'd'}))) == [] "
        "and cloudwatch._metrics.get(('a', 'b', 'c=d')) == []"
    ),
    "cloudwatch asks for the dimensions of a query by _dims_from_list": (
        "'req_dims = _dims_from_list(' in inspect.getsource(cloudwatch._get_metric_statistics) "
        "and '_dims_key(req_dims) if req_dims else None' in inspect.getsource(cloudwatch._get_metric_data)"
    ),
    "cloudwatch summarises points": (
        "cloudwatch._stat_value({}, 'p50', [{'Value': 2.0, 'Count': 3.0}]) == 2.0 "
        "and cloudwatch._calc_stats([{'Value': 2.0, 'Count': 3.0}])['Sum'] == 6.0"
    ),
    "cloudwatch acts on a changed state in these steps": (
        "parameters(cloudwatch._dispatch_alarm_actions) == 4 and 'reason_data' in names(cloudwatch._record_history) "
        "and names(cloudwatch._evaluate_parent_alarms)[0] == 'child' and cloudwatch._history_entries() == []"
    ),
    "eventbridge computes the next time of a cron expression": (
        "parameters(eventbridge._cron_next_fire) == 2 and eventbridge._parse_cron_fields('cron(0 8 ? * MON *)')"
        " is not None and eventbridge._parse_rate_seconds('rate(2 minutes)') == 120"
    ),
    "rules and schedules look up their interval each time": (
        "'_SCHEDULER_TICK_INTERVAL)' in inspect.getsource(eventbridge._scheduler_loop) "
        "and '_SCHEDULE_TICK_INTERVAL)' in inspect.getsource(scheduler._ticker_loop)"
    ),
    "the sweep over schedules is looked up each time, and tells their state by their key": (
        "'_tick_schedules()' in inspect.getsource(scheduler._ticker_loop) and scheduler._schedule_last_fired == {} "
        "and type(scheduler._schedules._data) is dict and scheduler._to_epoch(5) == 5.0"
    ),
    "a target is invoked with an event and its rule": (
        "names(eventbridge._invoke_target)[:3] == ['target', 'event', 'rule']"
    ),
    "drift detection reads a resource by its type": (
        "all(parameters(reader) == 2 and isinstance(names, frozenset) "
        "for reader, names in drift._DRIFT_READERS.values())"
    ),
    "a key has a state and a policy": "key_record().keys() >= {'KeyState', 'Policy', 'KeySpec', 'Origin', 'Arn'}",
    "BIND_HOST is read when it starts": "'BIND_HOST' in inspect.getsource(app.main)",
}
