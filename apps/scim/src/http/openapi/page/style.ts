/** The interface without what nobody needs there, and with more air where people read. */
export const PAGE_STYLE = `
.swagger-ui .servers-title, .swagger-ui .servers, .swagger-ui .info .title span { display: none }
.swagger-ui .info { margin: 32px 0 16px; max-width: 820px }
.swagger-ui .info li { line-height: 1.7 }
.swagger-ui .info code { color: inherit; background: rgba(0, 0, 0, .06) }
.swagger-ui .scheme-container { padding: 12px 0; background: none; box-shadow: none }
.swagger-ui .opblock { box-shadow: none }
.swagger-ui .response-col_links { display: none }
.swagger-ui .opblock-tag { font-size: 20px }
.swagger-ui .auth-container input[type=password] { width: 100% }
`;
